//! The page's content security policy: hashes of its inline scripts, the header file, and what must not be in the glue.
//!
//! Trunk writes an inline loader whose bytes are known only after the build, so the hash is computed here.
//! `index.html` says `__INLINE_SCRIPT_HASHES__` where the hashes belong.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use sha2::Digest as _;

/// The word in the boot policy of `index.html` that is replaced.
pub const PLACEHOLDER: &str = "__INLINE_SCRIPT_HASHES__";

/// What a policy in a header may say and one in the page may not.
const HEADER_ONLY: &str = "frame-ancestors 'none'";

/// The way out that no policy closes; it must not be in the page at all.
const FORBIDDEN_IN_GLUE: [&str; 1] = ["RTCPeerConnection"];

/// Completes a built page in `folder`: hashes into `index.html`, `_headers` beside it.
///
/// Safe to run twice: a page that has its hashes already is only checked.
pub fn complete(folder: &Path) -> Result<()> {
    let index = folder.join("index.html");
    let html = std::fs::read_to_string(&index)
        .with_context(|| format!("{} cannot be read", index.display()))?;
    let hashes: Vec<String> = inline_scripts(&html).into_iter().map(script_hash).collect();
    let complete = if html.contains(PLACEHOLDER) {
        html.replace(PLACEHOLDER, &hashes.join(" "))
    } else {
        html
    };
    let policy = boot_policy(&complete).context(
        "index.html has no <meta http-equiv=\"Content-Security-Policy\">: the page would be unguarded",
    )?;
    for hash in &hashes {
        ensure!(
            policy.contains(hash.as_str()),
            "the policy in index.html does not name the inline script {hash}; it must contain {PLACEHOLDER}"
        );
    }
    std::fs::write(folder.join("_headers"), headers(&policy))?;
    std::fs::write(&index, &complete)?;
    refuse_webrtc(folder)
}

/// The value of the Content-Security-Policy meta of a page.
fn boot_policy(html: &str) -> Option<String> {
    tags(html, "meta")
        .into_iter()
        .find(|tag| {
            attribute(tag, "http-equiv")
                .is_some_and(|name| name.eq_ignore_ascii_case("content-security-policy"))
        })
        .and_then(|tag| attribute(tag, "content"))
        .map(|policy| policy.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A file that many static hosts read: the same policy, and what only a header can say.
fn headers(policy: &str) -> String {
    let policy = policy.trim_end_matches([';', ' ']);
    let mut text = String::from("/*\n");
    for (name, value) in [
        (
            "Content-Security-Policy",
            format!("{policy}; {HEADER_ONLY}"),
        ),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
        ("Cross-Origin-Opener-Policy", "same-origin".to_owned()),
    ] {
        writeln!(text, "  {name}: {value}").expect("a String takes everything");
    }
    text
}

/// The exact text between the tags of every script without `src`.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some(start) = find(rest, "<script") {
        let Some(end_of_tag) = rest[start..].find('>').map(|at| start + at) else {
            break;
        };
        let tag = &rest[start..end_of_tag];
        let body = &rest[end_of_tag + 1..];
        let Some(end) = find(body, "</script") else {
            break;
        };
        if attribute(tag, "src").is_none() {
            scripts.push(&body[..end]);
        }
        rest = &body[end..];
    }
    scripts
}

fn script_hash(script: &str) -> String {
    let digest = sha2::Sha256::digest(script.as_bytes());
    format!(
        "'sha256-{}'",
        base64::engine::general_purpose::STANDARD.encode(digest)
    )
}

/// Every start tag of a name, without its closing bracket.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name}");
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = find(rest, &open) {
        let tag = &rest[start..];
        let mut quote = None;
        let end = tag
            .char_indices()
            .find(|&(_, letter)| match (quote, letter) {
                (None, '"' | '\'') => {
                    quote = Some(letter);
                    false
                }
                (Some(open), letter) if open == letter => {
                    quote = None;
                    false
                }
                (None, '>') => true,
                _ => false,
            })
            .map_or(tag.len(), |(at, _)| at);
        tags.push(&tag[..end]);
        rest = &tag[end..];
    }
    tags
}

/// The value of an attribute of a start tag; minified pages leave out quotes where they can.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag
        .split_once(|letter: char| letter.is_ascii_whitespace())?
        .1;
    loop {
        rest = rest.trim_start();
        let end = rest
            .find(|letter: char| letter == '=' || letter.is_ascii_whitespace())
            .unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        let key = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let quote = after.chars().next().filter(|quote| "\"'".contains(*quote));
            let (text, left) = if let Some(quote) = quote {
                after[1..].split_once(quote)?
            } else {
                let end = after
                    .find(|letter: char| letter.is_ascii_whitespace())
                    .unwrap_or(after.len());
                after.split_at(end)
            };
            value = text;
            rest = left;
        }
        if key.eq_ignore_ascii_case(name) {
            return Some(value.replace("&#39;", "'").replace("&amp;", "&"));
        }
    }
}

/// Position of an ASCII word, in any case.
fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes()
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// WebRTC reaches the network past every policy, so the page must not even mention it.
fn refuse_webrtc(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "js") {
            let glue = std::fs::read_to_string(&path)?;
            for word in FORBIDDEN_IN_GLUE {
                if glue.contains(word) {
                    bail!(
                        "{} contains {word}: no policy closes that way out, so it must not be in the page",
                        path.display()
                    );
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(
        "<meta charset=utf-8><meta http-equiv=Content-Security-Policy ",
        "content=\"default-src 'none'; script-src 'self' __INLINE_SCRIPT_HASHES__\">",
        "<script type=module>\nimport a from './a.js';\n</script><SCRIPT src='./b.js'></SCRIPT>"
    );

    fn folder(name: &str, html: &str) -> std::path::PathBuf {
        let folder =
            std::env::temp_dir().join(format!("whichway-policy-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.html"), html).unwrap();
        folder
    }

    #[test]
    fn the_hash_of_the_inline_script_gets_into_page_and_headers() {
        let folder = folder("hash", PAGE);
        complete(&folder).unwrap();
        // What `printf "\nimport a from './a.js';\n" | openssl dgst -sha256 -binary | base64` prints.
        let hash = "'sha256-PGDASAIIJOvTqQugP3FGIUrtDfv60/KyBaKOhPzbIc8='";
        let html = std::fs::read_to_string(folder.join("index.html")).unwrap();
        assert!(html.contains(hash), "{html}");
        let headers = std::fs::read_to_string(folder.join("_headers")).unwrap();
        assert!(
            headers.contains(hash) && headers.contains("frame-ancestors 'none'"),
            "{headers}"
        );
        complete(&folder).unwrap();
        assert_eq!(
            std::fs::read_to_string(folder.join("index.html")).unwrap(),
            html
        );
        std::fs::write(folder.join("glue.js"), "new RTCPeerConnection()").unwrap();
        assert!(complete(&folder).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_page_without_policy_or_with_an_unknown_script_is_refused() {
        let bare = folder("bare", "<script>1</script>");
        assert!(complete(&bare).is_err());
        let changed = folder("changed", &PAGE.replace(PLACEHOLDER, "'sha256-AAAA'"));
        assert!(complete(&changed).is_err());
        std::fs::remove_dir_all(bare).unwrap();
        std::fs::remove_dir_all(changed).unwrap();
    }
}
