//! The whole journey without a mouse.

use serde_json::Value;
use xtask::browser::testid;

use crate::archetype::{self, Form};
use crate::support::{Result, SOON, Visit};

/// Who has the focus, how it is called, and whether that can be seen.
const FOCUS: &str = r#"(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const seen = element.matches(':focus-visible') && (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
        || style.boxShadow !== 'none' || element instanceof SVGElement);
    // A field inside a frame shows its focus on the frame.
    const frame = element.closest('.filter');
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--accent)';
    const onFrame = frame !== null && getComputedStyle(frame).borderTopColor === getComputedStyle(probe).color;
    probe.remove();
    const name = element.getAttribute('aria-label') || element.innerText || element.textContent || element.title
        || element.placeholder || document.querySelector(`label[for="${element.id}"]`)?.textContent || '';
    return {testid: element.dataset?.testid ?? null, name: name.trim().slice(0, 60), seen: seen || onFrame,
        within: element.closest('[data-testid]')?.dataset.testid ?? null};
})()"#;

/// Presses Tab until the condition holds; every stop on the way has a name and a visible focus.
fn tab_to(visit: &Visit, what: &str, found: impl Fn(&Value) -> bool) -> Result {
    let mut stops = Vec::new();
    for _ in 0..300 {
        visit.browser.press("Tab")?;
        let focus = visit.browser.eval(FOCUS)?;
        if focus.is_null() {
            continue;
        }
        assert_ne!(
            focus["name"], "",
            "a stop without a name after {stops:?}: {focus}"
        );
        assert_eq!(focus["seen"], true, "the focus cannot be seen: {focus}");
        if found(&focus) {
            return Ok(());
        }
        stops.push(focus["name"].to_string());
    }
    panic!("Tab never came to {what}; it came by {stops:#?}");
}

#[test]
fn the_journey_by_keyboard() -> Result {
    let visit = Visit::new()?;
    let browser = &visit.browser;
    tab_to(&visit, "the paste box", |focus| focus["testid"] == "paste")?;
    browser.paste(&archetype::log(Form::New, 30, false))?;
    browser.press("Control+Enter")?;
    visit.ready()?;
    browser.eval("document.activeElement?.blur()")?;
    tab_to(&visit, "a reason's lines", |focus| {
        focus["within"] == "evidence"
    })?;
    browser.press("Enter")?;
    browser.wait_for_element(&testid("raw-lines"), SOON)?;
    browser.press("Escape")?;
    browser.wait_for(
        &format!(
            "!document.querySelector('dialog[open] {0}, dialog[open]{0}')",
            testid("raw-lines")
        ),
        SOON,
    )?;
    tab_to(&visit, "a mark of a chart", |focus| {
        focus["within"]
            .as_str()
            .is_some_and(|within| within.starts_with("chart-"))
    })?;
    tab_to(&visit, "a session", |focus| {
        focus["testid"] == "session-row"
            || focus["within"] == "session-row"
            || focus["within"] == "sessions-table"
    })?;
    browser.eval("document.activeElement?.blur()")?;
    browser.press("?")?;
    browser.wait_for(
        "[...document.querySelectorAll('dialog[open]')].some(d => /key/i.test(d.innerText))",
        SOON,
    )?;
    browser.press("Escape")?;
    browser.wait_for("!document.querySelector('dialog[open]')", SOON)?;
    Ok(())
}
