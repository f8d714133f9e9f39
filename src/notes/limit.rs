//! Notes that fit: a forge refuses a text that is too long, and with it the whole release.

/// The text, or as many of its lines as fit together with `pointer`, which says where the full text is.
///
/// The length is counted in UTF-16 units, as browsers and JavaScript count. GitHub's own limit (65,536 for a pull
/// request, 125,000 for a release) is of characters, of which there are never more, so what fits here fits there.
pub fn limited(text: &str, limit: usize, pointer: &str) -> String {
    if length(text) <= limit {
        return text.to_string();
    }
    let room = limit.saturating_sub(length(pointer) + length("\n\n"));
    let kept = whole_blocks(&lines_within(text, room));
    if kept.is_empty() { pointer.to_string() } else { format!("{kept}\n\n{pointer}") }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn lines_within(text: &str, room: usize) -> Vec<&str> {
    let mut used = 0;
    let fits = |line: &&str| {
        used += length(line) + 1;
        used <= room + 1
    };
    text.lines().take_while(fits).collect()
}

/// Without a block of code that the cut has left open, and without a heading over nothing.
fn whole_blocks(lines: &[&str]) -> String {
    let is_fence = |line: &&str| line.trim_start().starts_with("```");
    let fences: Vec<usize> = (0..lines.len()).filter(|place| is_fence(&lines[*place])).collect();
    let mut end = match fences.last() {
        Some(open) if fences.len() % 2 == 1 => *open,
        _ => lines.len(),
    };
    while end > 0 && (lines[end - 1].trim().is_empty() || lines[end - 1].starts_with('#')) {
        end -= 1;
    }
    lines[..end].join("\n")
}
