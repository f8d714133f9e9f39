//! The dependency graph as a picture that needs no other tool: a column for each level, an arrow from each package to
//! what it needs.

use std::collections::BTreeMap;

use super::markup;
use crate::graph::Graph;
use crate::model::PackageId;

/// Width of a letter of the font, of the space around a name and between columns; all in pixels.
const LETTER: usize = 8;
const PADDING: usize = 12;
const GAP: usize = 90;
/// Height of a box with one line of text, of each further line, and the space below a box.
const BOX: usize = 28;
const LINE: usize = 16;
const BELOW: usize = 16;
const MARGIN: usize = 16;

/// For a page that holds such a picture; a picture that stands alone has its own.
pub(super) const STYLE: &str = "
svg.graph text { font: 13px ui-monospace, monospace; fill: var(--ink); } svg.graph text.more { font-size: 11px; fill: var(--dim); }
svg.graph rect { fill: var(--band); stroke: var(--dim); } svg.graph path { fill: none; stroke: var(--dim); opacity: .6; }
svg.graph .good rect { stroke: var(--good); } svg.graph .good .more { fill: var(--good); }
svg.graph .error rect { stroke: var(--bad); stroke-width: 2; } svg.graph .error .more { fill: var(--bad); }
svg.graph .warning rect { stroke: var(--warn); stroke-dasharray: 5 3; } svg.graph .warning .more { fill: var(--warn); }
";

/// The style of a picture that stands alone.
const ALONE: &str = "<style>text { font: 13px ui-monospace, monospace; fill: #222 } rect { fill: #f4f4f4; stroke: #777 } \
     path { fill: none; stroke: #777 } @media (prefers-color-scheme: dark) { text { fill: #ddd } \
     rect { fill: #2a2a2a } }</style>\n";

/// What is drawn of a package beside its name: a class, and a second line that may be empty.
type Look<'a> = &'a dyn Fn(&PackageId) -> (&'static str, String);

/// Where a box stands.
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// The picture.
pub fn graph(graph: &Graph) -> String {
    draw(graph, &|id| graph.needs(id).collect(), BOX, &|_| ("", String::new()), ALONE)
}

/// The picture inside of a page that has [`STYLE`], with what became of each package. Arrows that follow from others are
/// left out, so that a large one can be read.
pub(super) fn outcomes(graph: &Graph, look: Look) -> String {
    draw(graph, &|id| graph.direct_needs(id).collect(), BOX + LINE, look, "")
}

fn draw<'a>(
    graph: &'a Graph,
    needs: &dyn Fn(&'a PackageId) -> Vec<&'a PackageId>,
    tall: usize,
    look: Look,
    style: &str,
) -> String {
    let looks: BTreeMap<&PackageId, (&str, String)> = graph.order().iter().map(|id| (id, look(id))).collect();
    let (places, width) = places(graph, tall, &looks);
    let rows = graph.levels().iter().map(Vec::len).max().unwrap_or(0);
    let height = 2 * MARGIN + rows.max(1) * (tall + BELOW);
    let arrows: String = graph
        .order()
        .iter()
        .flat_map(|id| needs(id).into_iter().map(move |needed| (id, needed)))
        .filter_map(|(id, needed)| Some(arrow(places.get(id)?, places.get(needed)?, tall)))
        .collect();
    let boxes: String = graph
        .order()
        .iter()
        .filter_map(|id| Some(labelled(&id.to_string(), looks.get(id)?, places.get(id)?, tall)))
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         {style}<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 L8 4 L0 8\"/></marker></defs>\n{arrows}{boxes}</svg>\n"
    )
}

/// Every box, and the width of all; each level is as wide as its longest text.
fn places<'a>(
    graph: &'a Graph,
    tall: usize,
    looks: &BTreeMap<&PackageId, (&str, String)>,
) -> (BTreeMap<&'a PackageId, Place>, usize) {
    let mut places: BTreeMap<&PackageId, Place> = BTreeMap::new();
    let mut x = MARGIN;
    for mut level in graph.levels() {
        // Beside what it needs, so that arrows are short and cross less.
        level.sort_by_cached_key(|id| {
            let rows: Vec<usize> =
                graph.needs(id).filter_map(|needed| places.get(needed)).map(|place| place.y).collect();
            rows.iter().sum::<usize>() / rows.len().max(1)
        });
        let letters = |id: &PackageId| {
            let more = looks.get(id).map_or(0, |(_, more)| more.chars().count());
            // The second line has smaller letters.
            id.to_string().chars().count().max(more * 7 / 8)
        };
        let width = level.iter().map(|id| letters(id)).max().unwrap_or(0) * LETTER + 2 * PADDING;
        let rows = level.into_iter().enumerate();
        places.extend(rows.map(|(row, id)| (id, Place { x, y: MARGIN + row * (tall + BELOW), width })));
        x += width + GAP;
    }
    (places, (x + MARGIN).saturating_sub(GAP).max(2 * MARGIN))
}

/// From the left side of what needs to the right side of what is needed, which stands in a column before it.
fn arrow(from: &Place, to: &Place, tall: usize) -> String {
    let (x1, y1) = (from.x, from.y + tall / 2);
    let (x2, y2) = (to.x + to.width, to.y + tall / 2);
    let bend = GAP / 2;
    format!(
        "<path d=\"M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}\" marker-end=\"url(#tip)\"/>\n",
        x1 - bend,
        x2 + bend
    )
}

fn labelled(name: &str, (class, more): &(&str, String), place: &Place, tall: usize) -> String {
    let Place { x, y, width } = place;
    let (text_x, text_y) = (x + PADDING, y + BOX / 2 + 5);
    let more = match more.is_empty() {
        true => String::new(),
        false => format!(
            "<text class=\"more\" x=\"{text_x}\" y=\"{}\">{}</text>",
            text_y + LINE,
            markup::text(more)
        ),
    };
    let group = if class.is_empty() { "<g>".to_string() } else { format!("<g class=\"{class}\">") };
    format!(
        "{group}<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{tall}\" rx=\"4\"/><text x=\"{text_x}\" y=\"{text_y}\">{}</text>{more}</g>\n",
        markup::text(name)
    )
}

#[cfg(test)]
mod tests {
    use crate::detect::fixture;
    use crate::graph::Graph;

    #[test]
    fn every_package_is_a_box_and_every_need_an_arrow() {
        let text = "cargo core 1.0.0\ncargo app 1.0.0: core =1.0.0\nuv tool 1.0.0: page\nuv page 1.0.0\n* a feat: begin |\n";
        let fixture = fixture::read(text).unwrap();
        let svg = super::graph(&Graph::new(&fixture.workspace.packages).unwrap());
        assert_eq!((svg.matches("<rect").count(), svg.matches("marker-end").count()), (4, 2));
        let x = |name: &str| {
            let line = svg.lines().find(|line| line.contains(&format!(":{name}<"))).unwrap();
            line.split('"').nth(1).unwrap().parse::<usize>().unwrap()
        };
        assert!(x("core") < x("app") && x("page") < x("tool") && x("core") == x("page"), "{svg}");
    }
}
