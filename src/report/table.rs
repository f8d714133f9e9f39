//! Aligned columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Rows as aligned columns, two spaces between them, two before the first.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| visible(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let space = widths[column] - visible(cell);
            format!("{cell}{}", " ".repeat(space))
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Columns of a terminal that a text takes: escape sequences for colour take none, letters of some scripts two.
pub fn visible(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().width();
    first + parts.map(|part| part.split_once('m').map_or("", |(_, shown)| shown).width()).sum::<usize>()
}

/// A text without escape sequences in exactly so many columns: cut with an ellipsis, or with space behind it.
pub fn fit(text: &str, columns: usize) -> String {
    let wide = text.width();
    if wide <= columns {
        return format!("{text}{}", " ".repeat(columns - wide));
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        let more = c.width().unwrap_or(0);
        if used + more + 1 > columns {
            break;
        }
        used += more;
        cut.push(c);
    }
    if columns > used {
        cut.push('…');
        used += 1;
    }
    cut + &" ".repeat(columns.saturating_sub(used))
}

#[cfg(test)]
mod tests {
    use super::{fit, table, visible};

    #[test]
    fn columns_are_aligned_with_and_without_colour() {
        let rows = [["a", "bb"], ["\u{1b}[1mccc\u{1b}[0m", ""]].map(|row| row.map(String::from).to_vec());
        assert_eq!(table(&rows), "  a    bb\n  \u{1b}[1mccc\u{1b}[0m\n");
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        for (text, expected) in
            [("abc", 3), ("界面", 4), ("e\u{301}", 1), ("\u{1b}[1;31m界\u{1b}[0mb", 3), ("", 0)]
        {
            assert_eq!(visible(text), expected, "{text}");
        }
        let rows = [["界", "b"], ["ccc", "d"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(table(&rows), "  界   b\n  ccc  d\n");
    }

    #[test]
    fn a_text_fits_in_its_columns() {
        for (text, columns, expected) in [
            ("abc", 5, "abc  "),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("界面界面", 5, "界面…"),
            ("界面界面", 4, "界… "),
            ("界面", 1, "…"),
            ("abc", 0, ""),
        ] {
            let fitted = fit(text, columns);
            assert_eq!((fitted.as_str(), visible(&fitted)), (expected, columns), "{text}");
        }
    }
}
