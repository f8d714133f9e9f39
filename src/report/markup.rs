//! Pages that stand alone: one look, one way of escaping. No script, nothing loaded from elsewhere, light and dark as
//! the reader's system is; the policy in each page's head lets a browser hold it to that.

use super::{clean, clean_line};

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2024; --dim: #60646c; --line: #d9d9e0; --paper: #fff; --band: #f4f4f6;
  --good: #18794e; --bad: #c62a2f; --warn: #946800; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --dim: #b0b4ba; --line: #363a3f; --paper: #111113;
  --band: #1b1d1f; --good: #3dd68c; --bad: #ff9592; --warn: #ffca16; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .dim, th { color: var(--dim); font-weight: normal; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
td.id, code { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
td.nowrap { white-space: nowrap; } b.next, .good { color: var(--good); } .error, del { color: var(--bad); }
.warning { color: var(--warn); } ins { color: var(--good); } del, ins { text-decoration: none; }
.levels { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; list-style: none; }
.levels li { background: var(--band); border-radius: .5rem; padding: .5rem .75rem; flex: 1 1 12rem; }
summary { cursor: pointer; color: var(--dim); }
";

/// What a page may do: be shown, with the styles that stand in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A whole page; `style` is added to what all pages have. The title is text, the body HTML.
pub(super) fn document(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>{STYLE}{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        text(title)
    )
}

/// Text from outside, fit for an element and for an attribute.
pub(super) fn text(text: &str) -> String {
    escaped(&clean_line(text))
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_string(),
        '<' => "&lt;".to_string(),
        '>' => "&gt;".to_string(),
        '"' => "&quot;".to_string(),
        '\'' => "&#39;".to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

pub(super) fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<h2>{title}</h2>\n{body}\n") }
}

/// Rows of cells that are HTML already; nothing where there are no rows.
pub(super) fn table(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let rows: String = rows.iter().map(|cells| format!("<tr>{}</tr>\n", cells.concat())).collect();
    format!("<div class=\"scroll\"><table>\n<tr>{heads}</tr>\n{rows}</table></div>")
}

pub(super) fn cell(inner: &str) -> String {
    format!("<td>{inner}</td>")
}

pub(super) fn code(inner: &str) -> String {
    format!("<td class=\"id\">{}</td>", text(inner))
}

/// Text of several lines from outside, as it was written.
pub(super) fn lines(text: &str) -> String {
    escaped(&clean(text))
}

#[cfg(test)]
pub(super) mod tests {
    use super::{document, lines, text};

    /// Every element that is opened is closed, in order.
    pub(in crate::report) fn is_well_formed(page: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        for tag in page.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag) {
            let name = tag.split_whitespace().next().unwrap_or_default();
            match name.strip_prefix('/') {
                Some(name) if open.pop() != Some(name) => return false,
                Some(_) => {}
                None if tag.ends_with('/') || ["!DOCTYPE", "meta", "br"].contains(&name) => {}
                None => open.push(name),
            }
        }
        open.is_empty()
    }

    #[test]
    fn a_page_may_load_nothing() {
        let page = document("a <b>", "", "<p>c</p>");
        assert!(is_well_formed(&page) && page.contains("<title>a &lt;b&gt;</title>"), "{page}");
        assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline';"), "{page}");
    }

    #[test]
    fn text_is_text() {
        assert_eq!(text("a\n<b c=\"'\">&\u{1b}"), "a &lt;b c=&quot;&#39;&quot;&gt;&amp;\\u{1b}");
        assert_eq!(lines("a\n  <b>\u{9b}"), "a\n  &lt;b&gt;\\u{9b}");
    }
}
