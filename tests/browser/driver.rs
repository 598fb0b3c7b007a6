//! A test of the tests' hands and eyes, on a tiny page of their own: what the driver says it sees must be so.

use std::time::Duration;

use xtask::browser::{Theme, testid};
use xtask::serve::Setup;

use crate::support::{Result, SOON, Visit, scratch};

const PAGE: &str = r#"<!doctype html><meta charset=utf-8><title>tiny</title><link rel=icon href="data:,">
<style>body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }</style>
<div id=zone data-testid=zone style="width:300px;height:200px">drop</div>
<input id=file type=file multiple><input id=box><button id=go>go</button>
<script>
const seen = globalThis.seen = [];
document.addEventListener('paste', e => seen.push(['paste', e.isTrusted, e.clipboardData.getData('text/plain')]));
for (const kind of ['dragenter', 'dragover']) zone.addEventListener(kind, e => e.preventDefault());
zone.addEventListener('drop', async e => {
  e.preventDefault();
  for (const file of e.dataTransfer.files) seen.push(['drop', file.name, file.size, await file.slice(0, 5).text()]);
});
file.addEventListener('change', () => seen.push(['pick', ...[...file.files].map(f => f.name)]));
go.addEventListener('click', e => seen.push(['click', e.isTrusted]));
box.addEventListener('keydown', e => seen.push(['key', e.key, e.ctrlKey, e.shiftKey]));
globalThis.worker = new Worker(URL.createObjectURL(new Blob(
  ["onmessage = e => fetch(e.data).then(r => postMessage(r.status), e => { console.error('no ' + e); postMessage(-1); })"])));
</script>"#;

fn visit() -> Result<Visit> {
    let visit = Visit::blank(Setup::folder(&scratch("")).with("/tiny", "text/html", PAGE))?;
    visit
        .browser
        .open(&format!("{}/tiny", visit.server.origin()))?;
    Ok(visit)
}

#[test]
fn hands_reach_the_page() -> Result {
    let visit = visit()?;
    let browser = &visit.browser;
    let [one, two] = ["one.log", "two.log"].map(scratch);
    std::fs::write(&one, "first file")?;
    std::fs::write(&two, vec![b'x'; 3_000_000])?;

    browser.click("#go")?;
    browser.paste("a\nb \u{1f525}")?;
    browser.drop_files(&testid("zone"), &[&one, &two])?;
    browser.wait_for("seen.filter(s => s[0] === 'drop').length === 2", SOON)?;
    browser.choose_files("#file", &[&two])?;
    browser.click("#box")?;
    browser.type_text("a?")?;
    browser.press("Control+z")?;
    browser.press("Shift+Tab")?;
    assert_eq!(
        browser.eval("JSON.stringify(seen)")?,
        concat!(
            r#"[["click",true],["paste",true,"a\nb 🔥"],"#,
            r#"["drop","one.log",10,"first"],["drop","two.log",3000000,"xxxxx"],["pick","two.log"],"#,
            r#"["key","a",false,false],["key","?",false,false],["key","z",true,false],["key","Tab",false,true]]"#
        )
    );
    assert_eq!(browser.eval("document.activeElement.id")?, "file");
    assert_eq!(browser.clipboard()?, "a\nb \u{1f525}");
    assert!(browser.click("#nothing-there").is_err());
    Ok(())
}

#[test]
fn eyes_see_requests_errors_and_workers() -> Result {
    let visit = visit()?;
    let browser = &visit.browser;
    browser.eval("new Promise(done => setTimeout(done, 300))")?;
    assert_eq!(browser.n_workers(), 1);
    let mark = browser.mark();
    assert_eq!(browser.requests(mark), []);

    let log = visit.server.log().len();
    browser.eval("fetch('/from-page?1')")?;
    let from_worker = format!(
        "new Promise(done => {{ worker.onmessage = e => done(e.data); worker.postMessage('{}/from-worker'); }})",
        visit.server.origin()
    );
    assert_eq!(browser.eval(&from_worker)?, 404);
    let requests = browser.requests(mark);
    let seen: Vec<_> = requests
        .iter()
        .map(|request| (request.url.rsplit('/').next().unwrap(), request.is_workers))
        .collect();
    assert_eq!(seen, [("from-page?1", false), ("from-worker", true)]);
    assert_eq!(visit.server.log().len(), log + 2);
    assert_eq!(browser.eval_in_workers("typeof onmessage")?, ["function"]);

    let mark = browser.mark();
    browser.eval("setTimeout(() => { throw new Error('oh') }, 0), console.error('bad', 7)")?;
    browser.eval("new Promise(done => setTimeout(done, 50))")?;
    let errors = browser.errors(mark);
    assert!(
        errors.iter().any(|error| error.contains("bad 7")),
        "{errors:?}"
    );
    assert!(
        errors.iter().any(|error| error.contains("oh")),
        "{errors:?}"
    );
    assert!(browser.eval("Promise.reject(new Error('thrown'))").is_err());

    browser.eval("worker.terminate()")?;
    browser.eval("new Promise(done => setTimeout(done, 100))")?;
    assert_eq!((browser.n_workers(), browser.n_workers_started()), (0, 1));
    Ok(())
}

#[test]
fn measures_tasks_memory_and_pictures_are_real() -> Result {
    let visit = visit()?;
    let browser = &visit.browser;
    browser.eval("performance.measure('m', {start: 10, duration: 25, detail: {n: 3}}), 1")?;
    let measures = browser.measures("m")?;
    assert_eq!(measures.len(), 1);
    assert!((measures[0].duration_ms - 25.0).abs() < 0.01);
    assert_eq!(measures[0].detail["n"], 3);

    assert!(browser.long_tasks()?.iter().all(|task| task.1 >= 50.0));
    browser.eval("setTimeout(() => { const end = performance.now() + 180; while (performance.now() < end); }, 0), 1")?;
    browser.wait_for(
        "__longTasks.some(task => task[1] >= 150)",
        Duration::from_secs(5),
    )?;

    let before = browser.page_heap()?;
    browser.eval("globalThis.big = new Uint8Array(64 << 20).fill(1), 1")?;
    let after = browser.page_heap()?;
    assert!(
        after.bytes() - before.bytes() >= 64 << 20,
        "{before:?} {after:?}"
    );

    let mut sizes = Vec::new();
    for (theme, color) in [
        (Theme::Light, "rgb(255, 255, 255)"),
        (Theme::Dark, "rgb(0, 0, 0)"),
    ] {
        browser.prefer(theme, true)?;
        assert_eq!(
            browser.eval("getComputedStyle(document.body).backgroundColor")?,
            color
        );
        assert_eq!(
            browser.eval("matchMedia('(prefers-reduced-motion: reduce)').matches")?,
            true
        );
        let path = scratch("picture.png");
        browser.set_viewport(390, 844, 2.0)?;
        browser.screenshot(&path)?;
        let bytes = std::fs::read(&path)?;
        sizes.push((
            u32::from_be_bytes(bytes[16..20].try_into()?),
            u32::from_be_bytes(bytes[20..24].try_into()?),
        ));
    }
    assert_eq!(sizes, [(780, 1688), (780, 1688)]);
    Ok(())
}
