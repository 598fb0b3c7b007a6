//! What lies beside the answer: the normal day, another log, a watch list; pictures, and what the reader knows better.

use serde_json::json;
use xtask::browser::testid;
use xtask::places;

use crate::look::{SIZES, THEMES, look};
use crate::support::{Result, SOON, Visit, scratch};

/// One opening that the gate let pass or dropped.
fn packet(second: usize, from: &str, to: &str, prefix: &str) -> String {
    let (src, spt) = from.split_once(':').expect("address and port");
    let (dst, dpt) = to.split_once(':').expect("address and port");
    let (inside, outside) = if src.starts_with("10.") {
        ("lan0", "wan0")
    } else {
        ("wan0", "lan0")
    };
    format!(
        "Feb 19 {:02}:{:02}:{:02} gate kernel: {prefix} IN={inside} OUT={outside} SRC={src} DST={dst} LEN=60 TOS=0x00 \
         TTL=63 ID=1 DF PROTO=TCP SPT={spt} DPT={dpt} WINDOW=64240 RES=0x00 SYN URGP=0\n",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Twelve hours of an office; `is_odd`: with a beacon, a scan and calls to a port that nobody uses.
fn office(is_odd: bool) -> String {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut add = |second: usize, from: String, to: String, prefix: &str| {
        lines.push((second, packet(second, &from, &to, prefix)));
    };
    for nth in 0..360 {
        let second = nth * 120 + nth * 7919 % 97;
        add(
            second,
            format!("10.0.0.{}:{}", 5 + nth % 3, 20_000 + nth),
            "203.0.113.9:443".into(),
            "ACCEPT",
        );
        add(
            second + 9,
            format!("198.51.100.{}:{}", 1 + nth % 40, 30_000 + nth),
            "10.0.0.80:443".into(),
            "ACCEPT",
        );
    }
    if is_odd {
        for nth in 0..72 {
            add(
                nth * 600 + nth * 7919 % 41,
                format!("10.0.0.6:{}", 50_000 + nth),
                "203.0.113.66:8080".into(),
                "ACCEPT",
            );
        }
        for nth in 0..40 {
            add(
                900 * nth + nth * 7919 % 777,
                format!("10.0.0.5:{}", 45_000 + nth),
                "203.0.113.77:4444".into(),
                "DROP",
            );
        }
        for nth in 0..90 {
            add(
                20_000 + nth,
                "192.0.2.99:40000".into(),
                format!("10.0.0.{}:{}", 80 + nth / 30, 20 + nth % 30),
                "DROP",
            );
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn open(visit: &Visit) -> Result {
    visit.browser.paste(&office(true))?;
    visit.ready()
}

fn says(visit: &Visit, panel: &str, part: &str) -> Result {
    visit.browser.wait_for(
        &format!(
            "document.querySelector({})?.innerText.includes({})",
            json!(testid(panel)),
            json!(part)
        ),
        SOON,
    )
}

/// Opens a panel by keyboard.
fn unfold(visit: &Visit, panel: &str) -> Result {
    visit.browser.eval(&format!(
        "document.querySelector({}).focus(), 1",
        json!(format!("{} .opener", testid(panel)))
    ))?;
    visit.browser.press("Enter")?;
    visit
        .browser
        .wait_for_element(&format!("{} .beside-body", testid(panel)), SOON)
}

#[test]
fn the_normal_day_opens_by_keyboard_and_its_rows_narrow() -> Result {
    let visit = Visit::new()?;
    open(&visit)?;
    unfold(&visit, "normal")?;
    says(&visit, "normal", "Who talks to the internet")?;
    says(&visit, "normal", "4444/tcp")?;
    says(&visit, "normal", "Learned from 12 hours of log.")?;
    // A row is a button: the keyboard reaches it, and it filters.
    visit.browser.eval(&format!(
        "[...document.querySelectorAll({})].find(button => button.innerText === '10.0.0.6').focus(), 1",
        json!(format!("{} .value", testid("normal")))
    ))?;
    visit.browser.press("Enter")?;
    visit.browser.wait_for(
        "document.querySelector('.filter').innerText.includes('10.0.0.6')",
        SOON,
    )?;
    visit
        .browser
        .wait_for("location.hash.includes('10.0.0.6')", SOON)?;
    Ok(())
}

#[test]
fn a_second_log_is_held_beside_and_not_added() -> Result {
    let visit = Visit::new()?;
    open(&visit)?;
    let browser = &visit.browser;
    let facts = browser.text(&testid("tally"))?;
    unfold(&visit, "baseline")?;
    let path = scratch("normal-day.log");
    std::fs::write(&path, office(false))?;
    browser.drop_files(&format!("{} .bring", testid("baseline")), &[&path])?;
    says(
        &visit,
        "baseline",
        "The normal day is normal-day.log: 720 connections.",
    )?;
    says(&visit, "baseline", "Compared with the normal day")?;
    says(&visit, "baseline", "4444/tcp")?;
    assert_eq!(
        browser.text(&testid("tally"))?,
        facts,
        "the second log was read into the first"
    );
    browser.click(&format!("{} .linkish", testid("baseline")))?;
    browser.wait_for(
        &format!(
            "!document.querySelector({}).innerText.includes('Compared')",
            json!(testid("baseline"))
        ),
        SOON,
    )
}

#[test]
fn a_watch_list_is_pasted_met_and_taken_away() -> Result {
    let visit = Visit::new()?;
    open(&visit)?;
    let browser = &visit.browser;
    let n_before = browser.count(&testid("incident"))?;
    unfold(&visit, "watch")?;
    browser.eval(&format!(
        "document.querySelector({}).focus(), 1",
        json!(testid("watch-text"))
    ))?;
    browser.type_text("192.0.2.0/24 noisy\n203.0.113.66, orders\n198.51.100.250\n(((\n")?;
    browser.press("Control+Enter")?;
    says(&visit, "watch", "Watching for 3 entries.")?;
    says(&visit, "watch", "could not be read: line 4")?;
    says(&visit, "watch", "2 of 3 entries of your list met")?;
    let first = browser.text(&format!("{} tbody tr", testid("watch")))?;
    assert!(
        first.contains("203.0.113.66") && first.contains("orders") && first.contains("72"),
        "{first}"
    );
    let verdicts = "[...document.querySelectorAll('[data-testid=incident]')].filter(card => card.dataset.verdict === 'V19').length";
    browser.wait_for(&format!("{verdicts} >= 1"), SOON)?;
    // Another log keeps the list.
    browser.eval("document.activeElement.blur(), 1")?;
    browser.paste(&office(false))?;
    visit.ready()?;
    says(&visit, "watch", "Watching for 3 entries.")?;
    browser.click(&format!("{} .linkish", testid("watch")))?;
    browser.wait_for(&format!("{verdicts} === 0"), SOON)?;
    assert!(n_before > 0);
    Ok(())
}

#[test]
fn what_the_reader_knows_better_judges_again_at_once() -> Result {
    let visit = Visit::new()?;
    open(&visit)?;
    let browser = &visit.browser;
    let headline = browser.text(&testid("headline"))?;
    let card = format!("{}:first-of-type", testid("incident"));
    let overrule = format!("{card} {}", testid("overrule"));
    browser.eval(&format!(
        "document.querySelector({}).focus(), 1",
        json!(format!("{overrule} summary"))
    ))?;
    browser.press("Enter")?;
    browser.wait_for(
        &format!("document.querySelector({}).open", json!(overrule)),
        SOON,
    )?;
    browser.eval(&format!(
        "document.querySelector({}).focus(), 1",
        json!(format!("{overrule} button"))
    ))?;
    browser.press("Enter")?;
    browser.wait_for_element(&testid("overrules"), SOON)?;
    browser.wait_for(
        &format!(
            "document.querySelector({}).innerText !== {}",
            json!(testid("headline")),
            json!(headline)
        ),
        SOON,
    )?;
    browser.click(&format!("{} button", testid("overrules")))?;
    browser.wait_for(
        &format!(
            "document.querySelector({}).innerText === {}",
            json!(testid("headline")),
            json!(headline)
        ),
        SOON,
    )?;
    assert_eq!(browser.count(&testid("overrules"))?, 0);
    Ok(())
}

#[test]
fn beacons_and_scans_have_a_picture_whose_marks_filter() -> Result {
    let visit = Visit::new()?;
    open(&visit)?;
    let browser = &visit.browser;
    for verdict in ["V16", "V05"] {
        let card = format!("[data-testid=incident][data-verdict={verdict}]");
        browser.eval(&format!(
            "(opener => opener.getAttribute('aria-expanded') === 'true' || opener.click())(document.querySelector({})), 1",
            json!(format!("{card} .opener"))
        ))?;
        let mark = format!("{card} {} .mark", testid("picture"));
        browser.wait_for_element(&mark, SOON)?;
        browser.eval(&format!(
            "document.querySelector({}).focus(), 1",
            json!(mark)
        ))?;
        browser.press("Enter")?;
        browser.wait_for("location.hash.includes('incident')", SOON)?;
        browser.eval("document.activeElement.blur(), 1")?;
        browser.press("Control+z")?;
        browser.wait_for("!location.hash.includes('incident')", SOON)?;
    }
    Ok(())
}

#[test]
fn what_lies_beside_looks_right_in_both_themes_wide_and_narrow() -> Result {
    let mut faults = Vec::new();
    let day = scratch("normal-day-look.log");
    std::fs::write(&day, office(false))?;
    for (width, height) in SIZES {
        for (theme, word) in THEMES {
            let visit = Visit::blank(xtask::serve::Setup::folder(&crate::support::dist()))?;
            let browser = &visit.browser;
            browser.set_viewport(width, height, 2.0)?;
            browser.prefer(theme, true)?;
            visit.boot(&visit.server.url())?;
            open(&visit)?;
            faults.extend(look(
                &visit,
                "beside-closed",
                word,
                width,
                Some(".besides"),
            )?);
            for panel in ["normal", "baseline", "watch"] {
                unfold(&visit, panel)?;
            }
            browser.choose_files(&testid("baseline-file"), &[&day])?;
            browser.eval(&format!(
                "document.querySelector({}).focus(), 1",
                json!(testid("watch-text"))
            ))?;
            browser.type_text("192.0.2.0/24 noisy\n203.0.113.66 orders\n")?;
            browser.press("Control+Enter")?;
            says(&visit, "baseline", "Compared with")?;
            says(&visit, "watch", "2 of 2 entries")?;
            says(&visit, "normal", "Ports that outsiders")?;
            for panel in ["normal", "baseline", "watch"] {
                let name = format!("beside-{panel}");
                faults.extend(look(&visit, &name, word, width, Some(&testid(panel)))?);
            }
            for verdict in ["V16", "V05"] {
                let card = format!("[data-testid=incident][data-verdict={verdict}]");
                browser.eval(&format!(
                    "(opener => opener.getAttribute('aria-expanded') === 'true' || opener.click())(document.querySelector({})), 1",
                    json!(format!("{card} .opener"))
                ))?;
                let picture = format!("{card} {}", testid("picture"));
                faults.extend(look(
                    &visit,
                    &format!("picture-{verdict}"),
                    word,
                    width,
                    Some(&picture),
                )?);
            }
            browser.screenshot_of_all(
                &places::screenshots().join(format!("beside-whole-{word}-{width}.png")),
            )?;
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    Ok(())
}
