//! The faults that a rehearsal was to survive: which, where, and how often they were met.

use serde_json::{Value, json};

use super::table::table;
use super::{Style, clean_line, count};
use crate::rehearsal::Played;

/// For people.
pub fn table_of(seed: u64, played: &[Played], style: Style) -> String {
    let row = |one: &Played| {
        let met = match one.times {
            0 => style.dim("not met"),
            times => count(times as usize, "time"),
        };
        vec![one.mishap.to_string(), one.on.to_string(), clean_line(&one.package.to_string()), met]
    };
    let rows: Vec<_> = played.iter().map(row).collect();
    format!("\n{}\n{}", style.bold(&format!("faults of seed {seed}")), table(&rows))
}

/// For programs.
pub fn json(seed: u64, played: &[Played]) -> Value {
    let one = |one: &Played| {
        let (package, on) = (one.package.to_string(), one.on.to_string());
        json!({"package": package, "on": on, "fault": one.mishap.to_string(), "times": one.times})
    };
    json!({"event": "chaos", "seed": seed, "faults": played.iter().map(one).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::{json, table_of};
    use crate::model::{Kind, PackageId};
    use crate::rehearsal::Played;
    use crate::rehearsal::server::faults::{Mishap, On};
    use crate::report::Style;

    #[test]
    fn every_fault_is_told_met_or_not() {
        let package = PackageId::new(Kind::Cargo, "acme");
        let met = Played { package: package.clone(), on: On::Upload, mishap: Mishap::Status(503), times: 2 };
        let not = Played { package, on: On::Index, mishap: Mishap::CutBefore, times: 0 };
        let text = table_of(7, &[met.clone(), not], Style { colour: false });
        let expected = "\nfaults of seed 7\n  status 503         upload  cargo:acme  2 times\n  \
                        cut, nothing done  index   cargo:acme  not met\n";
        assert_eq!(text, expected);
        let expected = r#"[{"package":"cargo:acme","on":"upload","fault":"status 503","times":2}]"#;
        assert_eq!(json(7, &[met])["faults"].to_string(), expected);
    }
}
