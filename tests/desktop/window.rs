//! The real window, driven through WebKitWebDriver on a display of its own.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says what it waited for, and what it did not look at"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;

/// How long an element may take to appear on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A display: the one that is there, or a virtual one.
struct Display {
    name: String,
    server: Option<Child>,
}

impl Display {
    fn open() -> Self {
        if let Ok(name) = std::env::var("DISPLAY") {
            return Self { name, server: None };
        }
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1366x768x24",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts (./test installs it)");
        let number = first_line(&mut server);
        Self {
            name: format!(":{number}"),
            server: Some(server),
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// The first line that a child prints.
pub fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("stdout is piped"))
        .read_line(&mut line)
        .expect("the child prints a line");
    line.trim().to_owned()
}

/// Where Cargo put the binaries: two folders up from this test.
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os("HAVEN_BIN_DIR").map_or_else(
        || {
            let exe = std::env::current_exe().expect("a running test has a path");
            exe.ancestors().nth(2).expect("target/debug").to_owned()
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is missing: build it with `cargo build --workspace --features haven-workstation/custom-protocol`",
        path.display()
    );
    path
}

/// An open workstation.
pub struct Window {
    client: Client,
    driver: Child,
    shots: PathBuf,
    home: tempfile::TempDir,
    _display: Display,
}

impl Window {
    /// Opens the workstation on `store`; screenshots go to `shots`.
    pub async fn open(store: &Path, shots: &Path) -> Self {
        std::fs::create_dir_all(shots).expect("the screenshot folder can be made");
        let display = Display::open();
        let home = tempfile::tempdir().expect("a folder for the session");
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command
            .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
            .env("DISPLAY", &display.name)
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .env("LC_ALL", "C.UTF-8")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HAVEN_STORE", store)
            .env("HOME", home.path())
            .env_remove("HAVEN_PASSPHRASE")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for (name, folder) in [
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "runtime"),
        ] {
            let path = home.path().join(folder);
            std::fs::create_dir_all(&path).expect("a folder for the session");
            command.env(name, path);
        }
        std::fs::create_dir(home.path().join("Downloads")).expect("a folder for downloads");
        let driver = command
            .spawn()
            .expect("WebKitWebDriver starts (./test installs it)");
        let client = connect(port).await;
        Self {
            client,
            driver,
            shots: shots.to_owned(),
            home,
            _display: display,
        }
    }

    /// Waits for the element with this `data-testid`.
    pub async fn find(&self, testid: &str) -> Element {
        self.find_css(&format!("[data-testid='{testid}']")).await
    }

    /// Waits for the first element that a CSS selector matches.
    pub async fn find_css(&self, selector: &str) -> Element {
        match self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(selector))
            .await
        {
            Ok(element) => element,
            Err(error) => {
                self.shot("failure").await;
                let shown = self.text().await;
                panic!("{selector} did not appear: {error}; the window shows:\n{shown}")
            }
        }
    }

    /// Waits until the first element with this `data-testid` shows these words.
    pub async fn wait_for_words(&self, testid: &str, words: &str) {
        // The first of its kind: in a list that is the newest.
        let path =
            format!("(//*[@data-testid='{testid}'])[1][contains(normalize-space(.), \"{words}\")]");
        if let Err(error) = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::XPath(&path))
            .await
        {
            self.shot("failure").await;
            let shown = self.text().await;
            panic!("{testid} did not show \"{words}\": {error}; the window shows:\n{shown}");
        }
    }

    /// Waits until nothing matches a CSS selector.
    pub async fn until_gone(&self, selector: &str) {
        let gone = format!("body:not(:has({selector}))");
        self.find_css(&gone).await;
    }

    /// What axe-core finds serious or critical; nothing where the window's npm packages are not installed.
    pub async fn faults(&self) -> Vec<String> {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
        let Ok(axe) = std::fs::read_to_string(axe) else {
            println!("skipped: axe-core is not installed in ui; ./test installs it");
            return Vec::new();
        };
        self.run(&axe).await;
        let look = "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(found => \
            done(found.violations.filter(one => ['serious', 'critical'].includes(one.impact)) \
            .map(one => `${one.id}: ${one.nodes.map(node => node.target).join(' | ')}`)));";
        let found = self
            .client
            .execute_async(look, vec![])
            .await
            .expect("axe looks at the window");
        let found = found.as_array().expect("a list").clone();
        found
            .iter()
            .map(|fault| fault.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// All words of the window, for the log of a story that failed: its patients are the sample clinic's.
    async fn text(&self) -> String {
        match self
            .client
            .execute("return document.body.innerText;", vec![])
            .await
        {
            Ok(text) => text.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("(no words: {error})"),
        }
    }

    /// Clicks the element with this `data-testid`.
    pub async fn click(&self, testid: &str) {
        self.click_css(&format!("[data-testid='{testid}']")).await;
    }

    /// Clicks the first element that a CSS selector matches.
    pub async fn click_css(&self, selector: &str) {
        // React may draw the element anew between the two requests: then it is looked for again.
        loop {
            match self.find_css(selector).await.click().await {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => {
                    self.shot("failure").await;
                    panic!("{selector} cannot be clicked: {error}");
                }
            }
        }
    }

    /// Whether a CSS selector matches anything now.
    #[allow(dead_code, reason = "the tour asks, the story knows")]
    pub async fn exists(&self, selector: &str) -> bool {
        self.client.find(Locator::Css(selector)).await.is_ok()
    }

    /// The home folder of whoever is at the window.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Types into the element with this `data-testid`, replacing what is there.
    pub async fn fill(&self, testid: &str, text: &str) {
        let element = self.find(testid).await;
        element.click().await.expect("the input takes focus");
        let all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        element
            .send_keys(&all)
            .await
            .expect("the text can be selected");
        let keys = if text.is_empty() { "\u{e003}" } else { text };
        element.send_keys(keys).await.expect("the input takes text");
    }

    /// Presses one key, or a chord with Control, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .expect("something has focus")
            .send_keys(keys)
            .await
            .expect("keys can be pressed");
    }

    /// Moves the focus with the Tab key until it is on the element with this `data-testid`.
    pub async fn tab_to(&self, testid: &str) {
        for _ in 0..80 {
            let focused = self
                .run("return document.activeElement?.closest('[data-testid]')?.dataset.testid ?? '';")
                .await;
            if focused == json!(testid) {
                return;
            }
            self.press("\u{e004}").await;
        }
        self.shot("failure").await;
        panic!("{testid} cannot be reached with the Tab key");
    }

    /// Presses Control and another key.
    pub async fn press_with_control(&self, key: &str) {
        self.press(&format!(
            "{}{key}{}",
            char::from(Key::Control),
            char::from(Key::Null)
        ))
        .await;
    }

    /// Runs JavaScript in the page.
    pub async fn run(&self, script: &str) -> serde_json::Value {
        self.client
            .execute(script, vec![])
            .await
            .expect("the page runs scripts of its driver")
    }

    /// Keeps a picture of the window.
    pub async fn shot(&self, name: &str) {
        // What is in the page is drawn a frame later.
        let drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";
        let drawing = self.client.execute_async(drawn, vec![]);
        let _drawn = tokio::time::timeout(Duration::from_secs(5), drawing).await;
        let picture = tokio::time::timeout(Duration::from_secs(15), self.client.screenshot()).await;
        if let Ok(Ok(bytes)) = picture {
            std::fs::write(self.shots.join(format!("{name}.png")), bytes)
                .expect("the picture can be kept");
        }
    }

    /// Ends the workstation at once (SIGKILL), as a power cut would; nothing of it is asked first.
    pub fn crash(mut self) {
        let driver = self.driver.id();
        let children = format!("/proc/{driver}/task/{driver}/children");
        let children = std::fs::read_to_string(children).expect("the driver's children are listed");
        assert!(
            !children.trim().is_empty(),
            "the workstation is a child of its driver"
        );
        for child in children.split_whitespace() {
            let killed = Command::new("kill").args(["-9", child]).status();
            assert!(
                killed.is_ok_and(|status| status.success()),
                "it was there to be killed"
            );
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }

    /// Ends the session and the workstation with it.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

async fn connect(port: u16) -> Client {
    let capabilities = json!({
        "browserName": "wry",
        "webkitgtk:browserOptions": { "binary": binary("haven-workstation"), "args": [] },
    });
    let capabilities = capabilities.as_object().expect("an object").clone();
    let connector = hyper_util::client::legacy::connect::HttpConnector::new();
    let mut last = None;
    let mut attempts = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..PATIENCE.as_millis() / 200 {
        attempts.tick().await;
        match ClientBuilder::new(connector.clone())
            .capabilities(capabilities.clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
        {
            Ok(client) => return client,
            Err(error) => last = Some(error),
        }
    }
    panic!("no session with the window: {last:?}")
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port is free")
        .port()
}
