//! What hands do: mouse, keys, the clipboard, files from the disk.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::Browser;

const APPEAR: Duration = Duration::from_secs(10);

/// Bits of the protocol's modifiers.
const ALT: u32 = 1;
const CONTROL: u32 = 2;
const SHIFT: u32 = 8;

impl Browser {
    /// Clicks the middle of the first element, which must be visible and uncovered.
    pub fn click(&self, selector: &str) -> Result<()> {
        self.wait_for_element(selector, APPEAR)?;
        let (x, y) = self.middle(selector)?;
        self.click_at(x, y)
    }

    pub fn click_at(&self, x: f64, y: f64) -> Result<()> {
        self.mouse("mouseMoved", x, y, "none")?;
        self.mouse("mousePressed", x, y, "left")?;
        self.mouse("mouseReleased", x, y, "left")
    }

    /// Moves the pointer onto the first element.
    pub fn point_at(&self, selector: &str) -> Result<()> {
        self.wait_for_element(selector, APPEAR)?;
        let (x, y) = self.middle(selector)?;
        self.mouse("mouseMoved", x, y, "none")
    }

    /// Presses at one point, moves, and lets go at another.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        self.mouse("mouseMoved", from.0, from.1, "none")?;
        self.mouse("mousePressed", from.0, from.1, "left")?;
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            self.mouse(
                "mouseMoved",
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
                "left",
            )?;
        }
        self.mouse("mouseReleased", to.0, to.1, "left")
    }

    /// Turns the wheel over the first element.
    pub fn wheel(&self, selector: &str, down: f64) -> Result<()> {
        let (x, y) = self.middle(selector)?;
        self.call(
            "Input.dispatchMouseEvent",
            json!({"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": down}),
        )?;
        Ok(())
    }

    fn mouse(&self, kind: &str, x: f64, y: f64, button: &str) -> Result<()> {
        let n_clicks = i32::from(kind != "mouseMoved");
        let is_held = button == "left" && kind != "mouseReleased";
        self.call(
            "Input.dispatchMouseEvent",
            json!({"type": kind, "x": x, "y": y, "button": button, "buttons": i32::from(is_held), "clickCount": n_clicks}),
        )?;
        Ok(())
    }

    /// Position of the middle of an element, scrolled into view.
    fn middle(&self, selector: &str) -> Result<(f64, f64)> {
        let value = self.eval(&format!(
            "(() => {{
                const element = document.querySelector({selector});
                if (!element) return null;
                const near = box => [box.left + box.width / 2, box.top + box.height / 2];
                element.scrollIntoView({{block: 'center', inline: 'nearest', behavior: 'instant'}});
                const [x, y] = near(element.getClientRects()[0] ?? element.getBoundingClientRect());
                const top = document.elementFromPoint(x, y);
                const free = top && (element.contains(top) || top.contains(element));
                return [x, y, free ? '' : (top ? top.outerHTML.slice(0, 200) : 'nothing')];
            }})()",
            selector = json!(selector)
        ))?;
        ensure!(!value.is_null(), "there is no {selector} in the page");
        let covered = value[2].as_str().unwrap_or_default();
        ensure!(covered.is_empty(), "{selector} is covered by {covered}");
        let number = |at: usize| value[at].as_f64().context("a position that is no number");
        Ok((number(0)?, number(1)?))
    }

    /// Types text where the focus is.
    pub fn type_text(&self, text: &str) -> Result<()> {
        for letter in text.chars() {
            if letter == '\n' {
                self.press("Enter")?;
                continue;
            }
            let letter = letter.to_string();
            self.call(
                "Input.dispatchKeyEvent",
                json!({"type": "keyDown", "text": letter, "unmodifiedText": letter, "key": letter}),
            )?;
            self.call(
                "Input.dispatchKeyEvent",
                json!({"type": "keyUp", "key": letter}),
            )?;
        }
        Ok(())
    }

    /// Presses a key by its name, with modifiers like `Shift+Tab` or `Control+z`.
    pub fn press(&self, keys: &str) -> Result<()> {
        self.press_with(keys, &json!([]))
    }

    fn press_with(&self, keys: &str, commands: &Value) -> Result<()> {
        let mut modifiers = 0;
        let mut parts: Vec<&str> = keys.split('+').collect();
        let mut key = parts.pop().unwrap_or_default();
        if key.is_empty() {
            key = "+";
        }
        for part in parts {
            modifiers |= match part {
                "Alt" => ALT,
                "Control" => CONTROL,
                "Shift" => SHIFT,
                "" => 0,
                other => bail!("no such modifier: {other}"),
            };
        }
        let (code, number, text): (String, u32, &str) = match key {
            "Enter" => ("Enter".into(), 13, "\r"),
            "Tab" => ("Tab".into(), 9, ""),
            "Escape" => ("Escape".into(), 27, ""),
            "Backspace" => ("Backspace".into(), 8, ""),
            "Delete" => ("Delete".into(), 46, ""),
            " " | "Space" => ("Space".into(), 32, " "),
            "PageUp" => (key.into(), 33, ""),
            "PageDown" => (key.into(), 34, ""),
            "End" => (key.into(), 35, ""),
            "Home" => (key.into(), 36, ""),
            "ArrowLeft" => (key.into(), 37, ""),
            "ArrowUp" => (key.into(), 38, ""),
            "ArrowRight" => (key.into(), 39, ""),
            "ArrowDown" => (key.into(), 40, ""),
            "/" => ("Slash".into(), 191, "/"),
            "?" => ("Slash".into(), 191, "?"),
            one if one.chars().count() == 1 => {
                let letter = one.chars().next().unwrap_or(' ').to_ascii_uppercase();
                (format!("Key{letter}"), u32::from(letter), one)
            }
            other => bail!("no such key: {other}"),
        };
        let name = if key == "Space" { " " } else { key };
        let text = if modifiers & CONTROL == 0 { text } else { "" };
        let mut down = json!({
            "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" },
            "key": name,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": modifiers,
            "commands": commands,
        });
        if !text.is_empty() {
            down["text"] = json!(text);
            down["unmodifiedText"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", down)?;
        self.call(
            "Input.dispatchKeyEvent",
            json!({"type": "keyUp", "key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}),
        )?;
        Ok(())
    }

    /// Puts text on the clipboard and presses Ctrl+V: a real, trusted paste.
    pub fn paste(&self, text: &str) -> Result<()> {
        self.copy(text)?;
        self.press_with("Control+v", &json!(["paste"]))
    }

    /// Puts text on the clipboard.
    pub fn copy(&self, text: &str) -> Result<()> {
        self.wire.call(
            None,
            "Browser.grantPermissions",
            json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
        )?;
        self.eval(&format!(
            "navigator.clipboard.writeText({}).then(() => 1)",
            json!(text)
        ))?;
        Ok(())
    }

    /// What is on the clipboard.
    pub fn clipboard(&self) -> Result<String> {
        self.wire.call(
            None,
            "Browser.grantPermissions",
            json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
        )?;
        let text = self.eval("navigator.clipboard.readText()")?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Drops files or folders from the disk on the first element.
    pub fn drop_files(&self, selector: &str, paths: &[&Path]) -> Result<()> {
        for path in paths {
            ensure!(path.exists(), "there is no {} to drop", path.display());
        }
        self.wait_for_element(selector, APPEAR)?;
        let (x, y) = self.middle(selector)?;
        let data = json!({"items": [], "files": paths, "dragOperationsMask": 1});
        for kind in ["dragEnter", "dragOver", "drop"] {
            self.call(
                "Input.dispatchDragEvent",
                json!({"type": kind, "x": x, "y": y, "data": data}),
            )?;
        }
        Ok(())
    }

    /// Chooses files in a file input, as its dialog would.
    pub fn choose_files(&self, selector: &str, paths: &[&Path]) -> Result<()> {
        let input = self.call(
            "Runtime.evaluate",
            json!({"expression": format!("document.querySelector({})", json!(selector))}),
        )?;
        let object = input["result"]["objectId"]
            .as_str()
            .with_context(|| format!("there is no {selector} in the page"))?;
        self.call(
            "DOM.setFileInputFiles",
            json!({"objectId": object, "files": paths}),
        )?;
        Ok(())
    }
}
