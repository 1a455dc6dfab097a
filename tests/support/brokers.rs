//! The brokers that the same tests run against: the embedded one, and a real Mosquitto.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use vigie::config;
use vigie::mqtt::broker;

/// A Mosquitto of a test's own, on a free port, with persistence.
pub struct Mosquitto {
    pub folder: TempDir,
    pub port: u16,
    child: Option<Child>,
}

/// Brokers that a test runs against.
pub enum Broker {
    Embedded(u16),
    Mosquitto(Mosquitto),
}

impl Broker {
    pub fn embedded() -> Broker {
        Broker::Embedded(broker::start(0).expect("the embedded broker starts"))
    }

    pub fn mosquitto() -> Broker {
        Broker::Mosquitto(Mosquitto::start("allow_anonymous true\n"))
    }

    pub fn config(&self) -> config::Broker {
        broker::on_loopback(match self {
            Broker::Embedded(port) => *port,
            Broker::Mosquitto(mosquitto) => mosquitto.port,
        })
    }
}

impl Mosquitto {
    /// With these lines in its configuration, in which `{dir}` is its folder.
    pub fn start(lines: &str) -> Mosquitto {
        Mosquitto::start_in(tempfile::tempdir().expect("folder"), lines)
    }

    /// In a folder that holds what the lines name.
    pub fn start_in(folder: TempDir, lines: &str) -> Mosquitto {
        let port = broker::free_port().expect("a port");
        let dir = folder.path().display().to_string();
        let mut text = String::new();
        writeln!(text, "listener {port} 127.0.0.1\npersistence true\npersistence_location {dir}/")
            .expect("text");
        // As docs/mqtt.md says: a full queue would drop what was acknowledged.
        writeln!(text, "max_queued_messages 0\nmax_inflight_messages 200\nset_tcp_nodelay true")
            .expect("text");
        writeln!(text, "autosave_interval 1\nautosave_on_changes false\nuser root").expect("text");
        text.push_str(&lines.replace("{dir}", &dir));
        std::fs::write(folder.path().join("mosquitto.conf"), text).expect("writes");
        let mut mosquitto = Mosquitto { folder, port, child: None };
        mosquitto.restart();
        mosquitto
    }

    /// Ends it in good order, so that it saves what it holds.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let kill = Command::new("kill").arg(child.id().to_string()).status();
            assert!(kill.is_ok_and(|status| status.success()), "mosquitto takes a signal");
            child.wait().expect("mosquitto ends");
        }
    }

    /// Kills it, so that it loses what it has not saved, and starts it again.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("mosquitto is killed");
            child.wait().expect("mosquitto ends");
        }
        self.restart();
    }

    /// Starts it again, on the same port and with the same folder.
    pub fn restart(&mut self) {
        self.stop();
        let child = Command::new(binary())
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("mosquitto starts"));
        broker::wait_for(self.port).expect("mosquitto listens");
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Returns the path of Mosquitto; without it the test fails and names the package to install.
fn binary() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&on_path).chain([PathBuf::from("/usr/sbin")]).collect();
    let found = folders.iter().map(|folder| folder.join("mosquitto")).find(|path| path.is_file());
    found.expect("mosquitto is not installed: `apt-get install -y mosquitto`, or run `make test`, which does")
}

/// An authority, and a certificate of 127.0.0.1 and localhost signed by it: `<name>.pem`, `server.pem`, `server.key`.
pub fn certificates(dir: &Path, authority: &str) {
    let run = |line: &str| {
        let status = Command::new("sh").arg("-c").arg(line).current_dir(dir).stderr(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "openssl works: {line}");
    };
    let new_key = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    run(&format!(
        "{new_key} -x509 -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.pem"
    ));
    run(&format!("{new_key} -subj /CN=localhost -keyout server.key -out server.csr"));
    std::fs::write(dir.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").expect("writes");
    run(&format!(
        "openssl x509 -req -in server.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 2 \
         -extfile names -out server.pem"
    ));
}
