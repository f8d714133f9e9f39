//! Reads a `multipart/form-data` body, the shape of uploads to PyPI, in place: a wheel's megabytes are not copied,
//! and its bytes may look like anything, boundaries included as long as no whole delimiter line occurs.

use anyhow::{Context, Result, bail};

/// One field of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    /// Present when the field is a file.
    pub(super) file_name: Option<String>,
    pub(super) content: &'a [u8],
}

/// All fields of a form, in order. `content_type` is the request's header and names the boundary.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let boundary = parameter(content_type, "boundary").context("the content type names no boundary")?;
    if !kind.eq_ignore_ascii_case("multipart/form-data") || boundary.is_empty() {
        bail!("the body is no form but `{kind}`");
    }
    let first = format!("--{boundary}\r\n");
    let mut rest =
        body.strip_prefix(first.as_bytes()).context("the form does not begin with its boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    loop {
        let end = find(rest, b"\r\n\r\n").context("a field of the form has no end of its headers")?;
        let (content, after) = cut(&rest[end + 4..], delimiter.as_bytes()).context("the form has no end")?;
        parts.push(part(&rest[..end], content)?);
        match after.strip_prefix(b"\r\n") {
            Some(next) => rest = next,
            None => return Ok(parts),
        }
    }
}

/// Cuts at the first delimiter that ends a line or, with `--`, the form; any other is part of the content.
fn cut<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut from = 0;
    loop {
        let at = from + find(&bytes[from..], delimiter)?;
        let after = &bytes[at + delimiter.len()..];
        if after.starts_with(b"\r\n") || after.starts_with(b"--") {
            return Some((&bytes[..at], after));
        }
        from = at + 1;
    }
}

fn part<'a>(headers: &[u8], content: &'a [u8]) -> Result<Part<'a>> {
    let headers =
        std::str::from_utf8(headers).context("a field of the form has headers that are not UTF-8")?;
    let disposition = headers
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
        .map_or("", |(_, value)| value);
    let name = parameter(disposition, "name").context("a field of the form has no name")?;
    Ok(Part { name, file_name: parameter(disposition, "filename"), content })
}

/// The value of `; key=value` or `; key="value"`, in which a backslash quotes the next character.
fn parameter(header: &str, key: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, after) = value.split_once(';').unwrap_or((value, ""));
                (value.trim().to_string(), after)
            }
        };
        if name.trim().eq_ignore_ascii_case(key) {
            return Some(value);
        }
        rest = after.trim_start().trim_start_matches(';');
    }
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// Where `needle` begins, looking only at places where its first byte stands.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| byte == first)?;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    const KIND: &str = "multipart/form-data; charset=x; boundary=\"cut\"";

    fn form(content: &[u8]) -> Vec<u8> {
        let mut body = b"--cut\r\nContent-Disposition: form-data; name=\":action\"\r\n\r\nfile_upload\r\n--cut\r\n\
            content-type: application/octet-stream\r\ncontent-disposition: form-data; filename=\"a; \\\"b\\\".whl\"; \
            name=content\r\n\r\n"
            .to_vec();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        body
    }

    #[test]
    fn content_keeps_every_byte() {
        for content in [
            &b"PK\x03\x04\xff\x00"[..],
            b"",
            b"\r\n",
            b"\r\n\r\nline\r\n",
            b"--cut\r\n",
            b"--cut--",
            b"\r\n--cu",
            b"\r\n--cutter\r\n",
            b"\r\n--cut-\r\n\r\r\n--cut \r\n",
        ] {
            let body = form(content);
            let action = Part { name: ":action".to_string(), file_name: None, content: b"file_upload" };
            let file =
                Part { name: "content".to_string(), file_name: Some("a; \"b\".whl".to_string()), content };
            assert_eq!(parts(KIND, &body).expect("a form"), [action, file], "{content:?}");
        }
    }

    #[test]
    fn what_is_no_whole_form_is_refused() {
        let body = form(b"bytes");
        let cut = &body[..body.len() - 4];
        let nameless = b"--cut\r\nContent-Disposition: form-data\r\n\r\nx\r\n--cut--\r\n";
        for (kind, body, told) in [
            (KIND, cut, "the form has no end"),
            (KIND, &b""[..], "the form does not begin with its boundary"),
            (KIND, b"--cut\r\nno headers\r\n--cut--", "a field of the form has no end of its headers"),
            (KIND, nameless, "a field of the form has no name"),
            ("multipart/form-data", b"", "the content type names no boundary"),
            ("text/plain; boundary=cut", b"", "the body is no form but `text/plain`"),
        ] {
            assert_eq!(parts(kind, body).expect_err(told).to_string(), told);
        }
    }
}
