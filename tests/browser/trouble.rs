//! What goes wrong, and what the page says and does then.

use std::time::Duration;

use xtask::browser::testid;
use xtask::generate::Log;

use crate::archetype::{self, Form};
use crate::support::{Result, SOON, Visit, scratch};

/// Long enough to be caught in the middle of.
const BIG: Log = Log::of(480, 200_000);

/// Drops a big log and waits until some of it is read.
fn in_the_middle(visit: &Visit) -> Result {
    let path = BIG.file()?;
    visit.browser.drop_files(&testid("dropzone"), &[&path])?;
    visit.browser.wait_for(
        &format!("(bar => bar && bar.value > bar.max / 20 && bar.value < bar.max)(document.querySelector('{} progress'))", testid("progress")),
        SOON,
    )
}

#[test]
fn cancel_stops_at_once_and_keeps_what_was_read() -> Result {
    let visit = Visit::new()?;
    let browser = &visit.browser;
    in_the_middle(&visit)?;
    browser.wait_for_element(&testid("headline"), SOON)?;
    browser.eval(
        "addEventListener('click', event => { globalThis.__clicked = event.timeStamp; }, true);
         new MutationObserver(() => { globalThis.__over ??= performance.now(); }).observe(document.documentElement, {attributes: true, attributeFilter: ['data-phase']}), 1",
    )?;
    browser.click(&testid("cancel"))?;
    browser.wait_for("document.documentElement.dataset.phase !== 'reading'", SOON)?;
    let ms = browser
        .eval("__over - __clicked")?
        .as_f64()
        .unwrap_or(f64::NAN);
    assert!(ms <= 300.0, "cancelled after {ms} ms");
    visit.ready()?;
    let body = browser.text("body")?.to_lowercase();
    assert!(
        body.contains("cancel") || body.contains("stopped"),
        "the page does not say that it was stopped"
    );
    assert!(!browser.text(&testid("headline"))?.is_empty());
    // It is usable afterwards.
    browser.paste(&archetype::log(Form::New, 20, false))?;
    browser.eval("new Promise(done => setTimeout(done, 300))")?;
    visit.ready()
}

#[test]
fn a_crash_is_told_and_the_log_read_again() -> Result {
    let visit = Visit::new()?;
    let browser = &visit.browser;
    let log = archetype::log(Form::New, 60, true);
    browser.paste(&log)?;
    visit.ready()?;
    let headline = browser.text(&testid("headline"))?;
    let sessions = browser.eval("__whichway.json('sessions')")?;
    let n_started = browser.n_workers_started();

    browser.eval("__whichway.crash()")?;
    let deadline = std::time::Instant::now() + SOON;
    while browser.n_workers_started() == n_started && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(
        browser.n_workers_started() > n_started,
        "no worker was started again"
    );
    visit.ready()?;
    browser.wait_for(
        "/crash|fault|went wrong|stopped working|started again/i.test(document.body.innerText)",
        SOON,
    )?;
    assert_eq!(browser.text(&testid("headline"))?, headline);
    assert_eq!(browser.eval("__whichway.json('sessions')")?, sessions);
    Ok(())
}

#[test]
fn a_crash_in_the_middle_of_reading_loses_nothing() -> Result {
    let visit = Visit::new()?;
    let browser = &visit.browser;
    in_the_middle(&visit)?;
    browser.eval("__whichway.crash()")?;
    browser.eval("new Promise(done => setTimeout(done, 300))")?;
    browser.wait_for(
        "document.documentElement.dataset.phase === 'ready'",
        SOON * 6,
    )?;
    let opened = visit.opened()?;
    assert_eq!(opened["sessions"], BIG.sessions);
    Ok(())
}

#[test]
fn what_is_no_log_gets_a_sentence_of_its_own() -> Result {
    let cases: [(&str, Vec<u8>); 4] = [
        ("empty.log", Vec::new()),
        (
            "prose.txt",
            b"Dear all,\nplease find nothing attached.\n".repeat(20),
        ),
        (
            "picture.png",
            (0..40_000_u32)
                .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
                .collect(),
        ),
        (
            "broken.gz",
            [&[0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 200]].concat(),
        ),
    ];
    let mut said = Vec::new();
    for (name, bytes) in cases {
        let visit = Visit::new()?;
        let browser = &visit.browser;
        let path = scratch(name);
        std::fs::write(&path, bytes)?;
        let mark = browser.mark();
        browser.drop_files(&testid("dropzone"), &[&path])?;
        browser.wait_for(
            "['failed', 'ready'].includes(document.documentElement.dataset.phase)",
            SOON,
        )?;
        browser.painted()?;
        let text = if browser.count(&testid("error"))? > 0 {
            browser.text(&testid("error"))?
        } else {
            browser.text("main")?
        };
        println!("{name}: {}", text.lines().next().unwrap_or_default());
        assert!(text.len() > 20, "{name}: {text}");
        assert!(
            !browser
                .errors(mark)
                .iter()
                .any(|error| error.contains("panicked")),
            "{name}"
        );
        said.push(text);
        // Another log can be read at once.
        browser.paste(&archetype::log(Form::New, 10, false))?;
        browser.wait_for(
            &format!("document.documentElement.dataset.phase === 'ready' && document.querySelector('{}[data-verdict=V01]')", testid("incident")),
            SOON,
        )?;
    }
    Ok(())
}

#[test]
fn a_gzip_of_several_members_is_read_whole() -> Result {
    let visit = Visit::new()?;
    let log = archetype::log(Form::New, 40, false);
    let middle = log.match_indices('\n').nth(19).map_or(0, |(at, _)| at + 1);
    let path = scratch("rotated.log.gz");
    std::fs::write(
        &path,
        [
            xtask::weigh::gzip(&log.as_bytes()[..middle])?,
            xtask::weigh::gzip(&log.as_bytes()[middle..])?,
        ]
        .concat(),
    )?;
    visit.browser.drop_files(&testid("dropzone"), &[&path])?;
    let opened = visit.opened()?;
    assert_eq!(opened["lines"], 40);
    Ok(())
}
