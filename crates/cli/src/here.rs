//! A server on a shared store says that it is here for as long as it runs, and ends when the store is another's by now.

use std::sync::Arc;
use std::time::Duration;

use app::App;
use app::presence::{BEAT_MS, Beat, Presence};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::backups;
use crate::failure::Failure;
use crate::settings::Effective;

/// How soon it looks again after a look that failed, or while the store is being restored.
const SOON: Duration = Duration::from_secs(5);

/// This server's presence.
pub(crate) struct Here {
    app: App,
    presence: Arc<Presence>,
    over: watch::Sender<bool>,
    looking: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Here {
    /// Says that it is here; `None` where the store is nobody else's.
    pub(crate) async fn enter(app: &App) -> Result<Option<Self>, Failure> {
        if !app.store().capabilities().shared {
            return Ok(None);
        }
        let presence = Arc::new(Presence::enter(app).await?);
        let (over, _) = watch::channel(false);
        Ok(Some(Self { app: app.clone(), presence, over, looking: std::sync::Mutex::default() }))
    }

    /// Takes back a restore that was cut short, then looks for the first time, and goes on looking. What it answers ends
    /// when the server has to.
    pub(crate) async fn settled(
        &self,
        settings: &Effective,
    ) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
        backups::take_back_unfinished(settings, &self.app).await?;
        if self.presence.beat(&self.app).await? != Beat::Here {
            return Err(Failure::failed(
                "the store is being restored at this moment; start the server when that has ended",
            ));
        }
        let looking = tokio::spawn(look(self.app.clone(), self.presence.clone(), self.over.clone()));
        *self.looking.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(looking);
        let mut over = self.over.subscribe();
        Ok(async move {
            let _ = over.wait_for(|is_over| *is_over).await;
        })
    }

    /// Says that it has ended.
    ///
    /// # Errors
    /// When it ended because the store is another by now.
    pub(crate) async fn leave(self) -> Result<(), Failure> {
        let looking = self.looking.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(looking) = looking {
            looking.abort();
            let _ = looking.await;
        }
        let is_over = *self.over.borrow();
        if let Some(presence) = Arc::into_inner(self.presence) {
            presence.leave(&self.app).await;
        }
        if is_over {
            return Err(Failure::failed(
                "the store was restored while this server could not look at it; start it again, so that it reads everything \
                 anew",
            ));
        }
        Ok(())
    }
}

async fn look(app: App, presence: Arc<Presence>, over: watch::Sender<bool>) {
    let mut wait = Duration::from_millis(BEAT_MS);
    loop {
        tokio::time::sleep(wait).await;
        wait = match presence.beat(&app).await {
            Ok(Beat::Here) => Duration::from_millis(BEAT_MS),
            Ok(Beat::Restoring) => {
                tracing::warn!("the store is being restored; the server answers nobody meanwhile");
                SOON
            }
            Ok(Beat::Over) => {
                tracing::error!("the store was restored meanwhile; the server ends");
                let _ = over.send(true);
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "it could not be seen whether the store is being restored");
                SOON
            }
        };
    }
}
