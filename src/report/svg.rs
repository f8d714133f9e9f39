//! The dependency graph as a picture that needs no other tool: a column for each level, an arrow from each package to
//! what it needs.

use std::collections::BTreeMap;

use super::html;
use crate::graph::Graph;
use crate::model::PackageId;

/// Width of a letter of the font, of the space around a name and between columns; all in pixels.
const LETTER: usize = 8;
const PADDING: usize = 12;
const GAP: usize = 90;
/// Height of a box, and from one box to the next.
const BOX: usize = 28;
const ROW: usize = 44;
const MARGIN: usize = 16;

/// Where a box stands.
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// The picture.
pub fn graph(graph: &Graph) -> String {
    let (places, width) = places(graph);
    let rows = graph.levels().iter().map(Vec::len).max().unwrap_or(0);
    let height = 2 * MARGIN + rows.max(1) * ROW;
    let arrows: String = graph
        .order()
        .iter()
        .flat_map(|id| graph.needs(id).map(move |needed| (id, needed)))
        .filter_map(|(id, needed)| Some(arrow(places.get(id)?, places.get(needed)?)))
        .collect();
    let boxes: String =
        graph.order().iter().filter_map(|id| Some(labelled(&id.to_string(), places.get(id)?))).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <style>text {{ font: 13px ui-monospace, monospace; fill: #222 }} rect {{ fill: #f4f4f4; stroke: #777 }} \
         path {{ fill: none; stroke: #777 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} \
         rect {{ fill: #2a2a2a }} }}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 L8 4 L0 8\"/></marker></defs>\n{arrows}{boxes}</svg>\n"
    )
}

/// Every box, and the width of all; each level is as wide as its longest name.
fn places(graph: &Graph) -> (BTreeMap<&PackageId, Place>, usize) {
    let mut places = BTreeMap::new();
    let mut x = MARGIN;
    for level in graph.levels() {
        let longest = level.iter().map(|id| id.to_string().chars().count()).max().unwrap_or(0);
        let width = longest * LETTER + 2 * PADDING;
        let rows = level.into_iter().enumerate();
        places.extend(rows.map(|(row, id)| (id, Place { x, y: MARGIN + row * ROW, width })));
        x += width + GAP;
    }
    (places, (x + MARGIN).saturating_sub(GAP).max(2 * MARGIN))
}

/// From the left side of what needs to the right side of what is needed, which stands in a column before it.
fn arrow(from: &Place, to: &Place) -> String {
    let (x1, y1) = (from.x, from.y + BOX / 2);
    let (x2, y2) = (to.x + to.width, to.y + BOX / 2);
    let bend = GAP / 2;
    format!(
        "<path d=\"M{x1} {y1} C{} {y1} {} {y2} {x2} {y2}\" marker-end=\"url(#tip)\"/>\n",
        x1 - bend,
        x2 + bend
    )
}

fn labelled(text: &str, place: &Place) -> String {
    let Place { x, y, width } = place;
    let (text_x, text_y) = (x + PADDING, y + BOX / 2 + 5);
    format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"4\"/><text x=\"{text_x}\" y=\"{text_y}\">{}</text>\n",
        html::text(text)
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
