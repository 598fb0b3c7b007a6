//! The sample is the test: what the command line prints for every sample log, kept beside the tests.
//! Review a change with `cargo insta review`.

#![cfg(feature = "cli")]

use std::process::Command;

fn print(call: &str, path: &std::path::Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_whichway"))
        .args([call, "--now", "2026-01-01T00:00:00Z"])
        .args((call == "report").then_some("--json"))
        .arg(path.file_name().expect("a file"))
        .current_dir(path.parent().expect("a folder"))
        .output()
        .expect("the command line runs");
    assert!(
        output.status.success(),
        "{}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

#[test]
fn events() {
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "golden/events" }, {
        insta::glob!("../samples", "*/*.log", |path| insta::assert_snapshot!(print("events", path)));
    });
}

#[test]
fn sessions() {
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "golden/sessions" }, {
        insta::glob!("../samples", "*/*.log", |path| insta::assert_snapshot!(print("sessions", path)));
    });
}

#[test]
fn report() {
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "golden/report" }, {
        insta::glob!("../samples", "*/*.log", |path| {
            let text = print("report", path);
            // A command may have a gap that a person fills; a sentence has none.
            let mut sentences = text.split("\"why\":\"").skip(1).filter_map(|why| why.split('"').next());
            assert!(
                sentences.all(|why| !why.contains("PORT")),
                "{}: a sentence with a gap",
                path.display()
            );
            insta::assert_snapshot!(text);
        });
    });
}
