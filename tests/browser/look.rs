//! What it looks like: both themes, wide and narrow, with pictures left in `target/screenshots`.

use serde_json::json;
use xtask::browser::{Theme, testid};
use xtask::places;

use crate::archetype::{self, Form};
use crate::support::{Result, SOON, Visit};

pub const SIZES: [(u32, u32); 2] = [(1440, 900), (390, 844)];
pub const THEMES: [(Theme, &str); 2] = [(Theme::Light, "light"), (Theme::Dark, "dark")];

/// Text that is cut off, and anything wider than the window.
const CLIPPED: &str = r"(() => {
    const found = [];
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide > 0) found.push(`the page is ${wide} px wider than the window`);
    for (const element of document.querySelectorAll('h1, h2, h3, h4, p, li, button, label, .chip, text')) {
        const box = element.getBoundingClientRect();
        if (!box.width || !box.height || !element.textContent.trim() || element.closest('.sr-only, [hidden], table, .table')) continue;
        const style = getComputedStyle(element);
        if (style.textOverflow === 'ellipsis' || style.position === 'absolute') continue;
        if (style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1) {
            found.push(`cut: ${element.textContent.trim().slice(0, 60)}`);
        }
        let scroller = element.parentElement;
        while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowX)) scroller = scroller.parentElement;
        if (!scroller && (box.right > innerWidth + 1 || box.left < -1)) {
            found.push(`outside: ${element.textContent.trim().slice(0, 60)} (${Math.round(box.left)}..${Math.round(box.right)} of ${innerWidth})`);
        }
    }
    return found;
})()";

/// Text whose contrast with what lies behind it is below WCAG AA.
const FAINT: &str = r"(() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = color => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
        const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const behind = element => {
        const layers = [];
        for (let at = element; at; at = at.parentElement) {
            const color = rgba(getComputedStyle(at).backgroundColor);
            if (color[3]) layers.push(color);
            if (color[3] === 255) break;
        }
        return layers.reverse().reduce((under, [r, g, b, a]) =>
            [r, g, b].map((v, i) => v * a / 255 + under[i] * (1 - a / 255)), [255, 255, 255]);
    };
    const found = [];
    for (const element of document.querySelectorAll('body *')) {
        if (element instanceof SVGElement || element.closest('.sr-only, [hidden], [inert], :disabled')) continue;
        const own = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join(' ').trim();
        if (!own || !element.getClientRects().length) continue;
        const style = getComputedStyle(element);
        const big = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
        const [a, b] = [light(rgba(style.color)), light(behind(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < (big ? 3 : 4.5)) found.push(`${contrast.toFixed(2)} ${own.slice(0, 50)} (${style.color})`);
    }
    return [...new Set(found)];
})()";

/// Takes the picture, and looks for what a careful designer would not sign.
pub fn look(
    visit: &Visit,
    name: &str,
    theme: &str,
    width: u32,
    selector: Option<&str>,
) -> Result<Vec<String>> {
    let browser = &visit.browser;
    if let Some(selector) = selector {
        browser.wait_for_element(selector, SOON)?;
        browser.eval(&format!(
            "document.querySelector({}).scrollIntoView({{block: 'start', behavior: 'instant'}}), 1",
            json!(selector)
        ))?;
    }
    browser.screenshot(&places::screenshots().join(format!("{name}-{theme}-{width}.png")))?;
    let mut faults = Vec::new();
    for check in [CLIPPED, FAINT] {
        for fault in browser.eval(check)?.as_array().into_iter().flatten() {
            faults.push(format!(
                "{name} {theme} {width}: {}",
                fault.as_str().unwrap_or_default()
            ));
        }
    }
    Ok(faults)
}

#[test]
fn pictures_in_both_themes_wide_and_narrow() -> Result {
    let mut faults = Vec::new();
    for (width, height) in SIZES {
        for (theme, word) in THEMES {
            let visit = Visit::blank(xtask::serve::Setup::folder(&crate::support::dist()))?;
            let browser = &visit.browser;
            browser.set_viewport(width, height, 2.0)?;
            browser.prefer(theme, true)?;
            visit.boot(&visit.server.url())?;
            faults.extend(look(&visit, "empty", word, width, None)?);

            browser.paste(&archetype::log(Form::New, 300, true))?;
            visit.ready()?;
            faults.extend(look(&visit, "answer", word, width, None)?);
            // The facts stand in a row that wraps, not one under the other.
            let facts_height = browser.eval(&format!(
                "document.querySelector('{}').getBoundingClientRect().height",
                testid("tally")
            ))?;
            if facts_height
                .as_f64()
                .is_none_or(|height| height > if width > 1000 { 110.0 } else { 300.0 })
            {
                faults.push(format!(
                    "answer {word} {width}: the facts take {facts_height} points of height"
                ));
            }
            browser.screenshot_of_all(
                &places::screenshots().join(format!("whole-{word}-{width}.png")),
            )?;
            faults.extend(look(
                &visit,
                "evidence",
                word,
                width,
                Some(&testid("evidence")),
            )?);
            faults.extend(look(
                &visit,
                "charts",
                word,
                width,
                Some(&testid("chart-directions")),
            )?);
            faults.extend(look(
                &visit,
                "table",
                word,
                width,
                Some(&testid("sessions-table")),
            )?);
            browser.click(&format!(
                "{} button:not([aria-expanded])",
                testid("evidence")
            ))?;
            faults.extend(look(
                &visit,
                "lines",
                word,
                width,
                Some(&testid("raw-lines")),
            )?);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    Ok(())
}

#[test]
fn the_theme_follows_the_system_until_it_is_chosen() -> Result {
    let visit = Visit::new()?;
    let browser = &visit.browser;
    let ground = || browser.eval("getComputedStyle(document.body).backgroundColor");
    browser.prefer(Theme::Light, false)?;
    let light = ground()?;
    browser.prefer(Theme::Dark, false)?;
    let dark = ground()?;
    assert_ne!(light, dark);
    let mut seen = Vec::new();
    for _ in 0..3 {
        browser.click(&testid("theme"))?;
        browser.painted()?;
        seen.push(ground()?);
    }
    assert!(seen.contains(&light) && seen.contains(&dark), "{seen:?}");
    Ok(())
}

#[test]
fn nothing_needs_more_than_320_points() -> Result {
    let visit = Visit::new()?;
    visit.browser.set_viewport(320, 640, 1.0)?;
    let wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(visit.browser.eval(wide)?, 0, "empty page");
    visit.browser.paste(&archetype::log(Form::Old, 60, true))?;
    visit.ready()?;
    assert_eq!(visit.browser.eval(wide)?, 0, "answer");
    Ok(())
}

#[test]
fn nothing_moves_when_motion_is_not_wanted() -> Result {
    let visit = Visit::new()?;
    visit.browser.prefer(Theme::Light, true)?;
    visit.browser.paste(&archetype::log(Form::New, 60, true))?;
    visit.ready()?;
    let moving = visit.browser.eval(
        "document.getAnimations().filter(a => a.playState === 'running' && (a.effect.getComputedTiming().activeDuration > 50)).length",
    )?;
    assert_eq!(moving, 0);
    Ok(())
}
