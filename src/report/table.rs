//! Aligned columns.

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

/// Characters that a terminal shows: escape sequences for colour take no place.
fn visible(text: &str) -> usize {
    let mut length = 0;
    let mut in_escape = false;
    for c in text.chars() {
        match (in_escape, c) {
            (false, '\u{1b}') => in_escape = true,
            (true, 'm') => in_escape = false,
            (true, _) => {}
            (false, _) => length += 1,
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_aligned_with_and_without_colour() {
        let rows = [["a", "bb"], ["\u{1b}[1mccc\u{1b}[0m", ""]].map(|row| row.map(String::from).to_vec());
        assert_eq!(table(&rows), "  a    bb\n  \u{1b}[1mccc\u{1b}[0m\n");
    }
}
