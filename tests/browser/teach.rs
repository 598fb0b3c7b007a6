//! Lines that no format knows: a person says what their columns hold, and gets the answer; the mapping goes to the
//! command line and back.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use xtask::browser::{Browser, Theme, testid};
use xtask::places;

use crate::support::{Result, SOON, Visit, scratch};

const NOW: &str = "2026-11-22T12:00:00Z";

/// Two web servers whose late answers are refused, told by a device that nobody knows: N is no, J is yes.
fn log() -> String {
    let mut text = String::new();
    for nth in 0..60 {
        let server = 11 + nth % 2;
        writeln!(
            text,
            "2024-02-19 10:{:02}:{:02}|10.0.0.{server}|80|203.0.113.{}|{}|tcp|N|R-17|wan0",
            15 + nth / 20,
            nth % 60,
            10 + nth,
            31_000 + nth * 379
        )
        .expect("a String takes text");
        if nth % 5 == 0 {
            writeln!(
                text,
                "2024-02-19 10:{:02}:{:02}|203.0.113.{}|{}|10.0.0.{server}|80|tcp|J|R-2|wan0",
                15 + nth / 20,
                nth % 60,
                110 + nth,
                41_000 + nth * 379
            )
            .expect("a String takes text");
        }
    }
    text
}

/// What a person does with a list of choices.
fn choose(browser: &Browser, selector: &str, value: &str) -> Result {
    browser.wait_for_element(selector, SOON)?;
    browser.eval(&format!(
        "(select => {{ select.value = {}; select.dispatchEvent(new Event('change', {{bubbles: true}})); return 1; }})(document.querySelector({}))",
        json!(value),
        json!(selector)
    ))?;
    Ok(())
}

fn report_of(browser: &Browser) -> Result<String> {
    let report = browser.eval("__whichway.json('report')")?;
    Ok(report.as_str().unwrap_or_default().trim_end().to_string())
}

fn native(folder: &Path) -> Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_whichway"))
        .args([
            "report",
            "--json",
            "--now",
            NOW,
            "--mapping",
            "own.mapping",
            "bars.log",
        ])
        .current_dir(folder)
        .output()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().to_string())
}

#[test]
fn a_person_says_what_the_columns_hold_and_gets_the_answer() -> Result {
    let folder = scratch("teach");
    std::fs::create_dir_all(&folder)?;
    let bars = folder.join("bars.log");
    std::fs::write(&bars, log())?;

    let visit = Visit::new()?;
    let browser = &visit.browser;
    browser.eval(&format!("__whichway.now({})", json!(NOW)))?;
    browser.drop_files(&testid("dropzone"), &[&bars])?;
    visit.ready()?;
    assert!(
        browser
            .text(&testid("tally"))?
            .contains("72 lines not understood")
    );

    browser.click(&testid("unread"))?;
    browser.click(&testid("teach"))?;
    // The values tell all but where the decision stands and what its two letters mean.
    let preview = format!(
        "document.querySelector({})?.textContent",
        json!(testid("preview"))
    );
    browser.wait_for(&format!("{preview}?.includes('10.0.0.11:80')"), SOON)?;
    browser.wait_for(&format!("{preview}?.includes('decision unknown')"), SOON)?;
    choose(browser, "[aria-label='Column 7']", "action")?;
    choose(browser, "[aria-label='Word N']", "denied")?;
    browser.wait_for(&format!("{preview}?.includes('refused')"), SOON)?;
    choose(browser, "[aria-label='Word J']", "allowed")?;
    browser.wait_for(&format!("{preview}?.includes('let through')"), SOON)?;
    // Without a source it cannot be used, and says so; with it again, it can.
    choose(browser, "[aria-label='Column 2']", "")?;
    let learn = format!("document.querySelector({})", json!(testid("learn")));
    browser.wait_for(&format!("{learn}.disabled"), SOON)?;
    choose(browser, "[aria-label='Column 2']", "source")?;
    browser.wait_for(&format!("!{learn}.disabled"), SOON)?;
    choose(browser, "[aria-label='Column 8']", "rule")?;
    let text = format!(
        "document.querySelector({}).textContent",
        json!(testid("mapping-text"))
    );
    browser.wait_for(&format!("{text}.includes('rule = 8')"), SOON)?;
    for (width, height) in [(1440, 900), (390, 844)] {
        for (theme, word) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            browser.set_viewport(width, height, 2.0)?;
            browser.prefer(theme, true)?;
            browser.painted()?;
            browser.screenshot(&places::screenshots().join(format!("teach-{word}-{width}.png")))?;
            let wide =
                "document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.eval(wide)?, 0, "{word} {width}");
        }
    }
    let mapping = browser.eval(&text)?;
    let mapping = mapping.as_str().unwrap_or_default().to_string();
    assert!(mapping.starts_with("whichway mapping 1\n"), "{mapping}");

    browser.eval(&format!("{learn}.click(), 1"))?;
    let headline = format!(
        "document.querySelector({})?.textContent",
        json!(testid("headline"))
    );
    browser.wait_for(&format!("{headline}?.includes('not calling out')"), SOON)?;
    visit.ready()?;
    let taught = report_of(browser)?;
    assert!(taught.contains("\"verdict\":\"V01\""), "{taught}");

    // The command line gives the same answer, byte for byte.
    std::fs::write(folder.join("own.mapping"), &mapping)?;
    assert_eq!(native(&folder)?, taught);

    // Given back to a fresh page, the same again.
    let visit = visit.again()?;
    let browser = &visit.browser;
    browser.eval(&format!("__whichway.now({})", json!(NOW)))?;
    browser.drop_files(&testid("dropzone"), &[&folder.join("own.mapping")])?;
    browser.wait_for(
        "document.querySelector('.toast')?.textContent.includes('Learnt')",
        SOON,
    )?;
    browser.drop_files(&testid("dropzone"), &[&bars])?;
    visit.ready()?;
    assert_eq!(report_of(browser)?, taught);
    Ok(())
}
