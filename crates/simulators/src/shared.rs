//! What all requests of a running simulator share.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::SimulatorOptions;
use crate::faults::Faults;
use crate::ids;
use crate::outlook::Grants;
use crate::recorder::Recorder;
use crate::throttle::Throttle;
use crate::world::World;

/// One running simulator.
pub(crate) struct Shared {
    pub(crate) options: SimulatorOptions,
    pub(crate) world: World,
    pub(crate) grants: Grants,
    pub(crate) faults: Faults,
    pub(crate) recorder: Recorder,
    pub(crate) throttle: Throttle,
    /// `http://127.0.0.1:PORT`.
    pub(crate) base_url: String,
    requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(options: SimulatorOptions, base_url: String) -> Self {
        let world = World::new(options.seed, options.clock.clone(), options.kept_sync_states);
        world.set_switches(options.switches.clone());
        Self {
            grants: Grants::new(options.seed),
            faults: Faults::default(),
            recorder: Recorder::default(),
            throttle: Throttle::new(options.limits.clone()),
            requests: AtomicU64::new(0),
            options,
            world,
            base_url,
        }
    }

    /// An id for a request or a trace.
    pub(crate) fn request_id(&self) -> String {
        ids::guid(self.options.seed, "request", self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Back to the state after the start: no people, grants, faults, records.
    pub(crate) fn reset(&self) {
        self.world.reset();
        self.world.set_switches(self.options.switches.clone());
        self.grants.reset();
        self.faults.clear();
        self.recorder.clear();
        self.throttle.clear();
    }
}
