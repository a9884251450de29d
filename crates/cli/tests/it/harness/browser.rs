//! A browser, as far as the server can tell: cookies, redirects followed one by one; and a script with a token.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Url};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Self { status, headers, text: answer.text().await.unwrap() }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status < 300, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A signed-in browser.
pub(crate) struct Browser {
    http: Client,
    base: String,
    /// By host and port, then by name.
    cookies: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    pub(crate) csrf_token: String,
    /// Addresses it was sent to, with the secrets in them.
    pub(crate) visited: Mutex<Vec<String>>,
}

impl Browser {
    /// A browser that nobody has used.
    pub(crate) fn new(base: &str) -> Self {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            http,
            base: base.to_owned(),
            cookies: Mutex::default(),
            csrf_token: String::new(),
            visited: Mutex::default(),
        }
    }

    /// Signs somebody in: from the app to Outlook's page, a click on the person, back with a code.
    pub(crate) async fn sign_in(base: &str, mail: &str) -> Self {
        let mut browser = Self::new(base);
        let page = browser.follow(&format!("{base}/auth/outlook/login")).await;
        let link =
            page.text.split("<li><a class=\"person\" href=\"").skip(1).find(|item| item.contains(mail));
        let link = link.and_then(|item| item.split('"').next()).unwrap_or_else(|| panic!("{page:?}"));
        let here = browser.visited.lock().unwrap().last().unwrap().clone();
        let link = Url::parse(&here).unwrap().join(&link.replace("&amp;", "&")).unwrap();
        let home = browser.follow(link.as_str()).await;
        assert_eq!(home.status, 200, "{home:?}");
        let me = browser.get("/api/v1/me").await.ok();
        assert_eq!(me["email"], mail);
        browser.csrf_token = me["csrf_token"].as_str().unwrap().to_owned();
        browser
    }

    /// Gets an address and goes where it is sent, until it is sent nowhere.
    pub(crate) async fn follow(&self, address: &str) -> Reply {
        let mut url = Url::parse(address).unwrap();
        for _ in 0..8 {
            self.visited.lock().unwrap().push(url.to_string());
            let reply = self.send(Method::GET, &url, None).await;
            match reply.headers.get("location") {
                Some(to) if reply.status < 400 => url = url.join(to.to_str().unwrap()).unwrap(),
                _ => return reply,
            }
        }
        panic!("sent in circles from {address} to {url}");
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, &self.url(path), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, &self.url(path), Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, &self.url(path), Some(body)).await
    }

    /// Presses the one button of a page of the server itself.
    pub(crate) async fn press(&self, address: &str) -> Reply {
        let url = Url::parse(address).unwrap();
        let cookies: Vec<String> = self.cookies_for(&url);
        let form = [("csrf_token", self.csrf_token.as_str())];
        Reply::of(self.http.post(url).header("cookie", cookies.join("; ")).form(&form)).await
    }

    fn cookies_for(&self, url: &Url) -> Vec<String> {
        let jar = self.cookies.lock().unwrap();
        let cookies = jar.get(url.authority()).into_iter().flatten();
        cookies.map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Values of all its cookies.
    pub(crate) fn cookies(&self) -> Vec<String> {
        let cookies = self.cookies.lock().unwrap();
        cookies.values().flat_map(BTreeMap::values).cloned().collect()
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}{path}", self.base)).unwrap()
    }

    async fn send(&self, method: Method, url: &Url, body: Option<Value>) -> Reply {
        let place = url.authority().to_owned();
        let cookies = self.cookies_for(url);
        let mut request = self.http.request(method, url.clone()).header("accept", "text/html,*/*");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            request = request.header("x-csrf-token", &self.csrf_token).json(&body);
        }
        let reply = Reply::of(request).await;
        let mut jar = self.cookies.lock().unwrap();
        for cookie in reply.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            let jar = jar.entry(place.clone()).or_default();
            if text.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }
}

/// A script that talks to the API with a token.
pub(crate) struct Script {
    http: Client,
    base: String,
    token: String,
}

impl Script {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        Self { http: Client::new(), base: base.to_owned(), token: token.to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    /// Every item of a list, page after page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}{mark}limit=500{cursor}")).await.ok();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Reply::of(request).await
    }
}
