// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree as a picture: a row for each container, with a bar that is full when the container is.
use croft_container::Entry;
use svg::Document;
use svg::node::element::{Group, Path, Rectangle, Text, Title};

use super::{age, most, name, parents, share, size};

/// Pixels: the height of a row, the indentation of a level, the width of a letter and of the bars, the border.
const ROW: usize = 24;
const LEVEL: usize = 20;
const LETTER: usize = 8;
const BAR: usize = 200;
const BORDER: usize = 12;

/// What stands beside the bar, with the place of its right end behind the bar's.
const COLUMNS: [(&str, usize); 5] = [
    ("used", 90),
    ("of", 180),
    ("slots", 240),
    ("processes", 320),
    ("age", 400),
];

const USED: &str = "#9ecae1";
const OWN: &str = "#3182bd";
const EMPTY: &str = "#eff3f8";
const LINES: &str = "#aaaaaa";

/// The whole picture.
pub(super) fn draw(containers: &[Entry]) -> String {
    let end = |container: &Entry| {
        usize::from(container.depth) * LEVEL + name(container).chars().count() * LETTER
    };
    let names = containers.iter().map(end).max().unwrap_or_default();
    let bar = BORDER + names.max(80) + LEVEL;
    let width = bar + BAR + COLUMNS[COLUMNS.len() - 1].1 + BORDER;
    let height = (containers.len() + 1) * ROW + 2 * BORDER;
    let mut document = Document::new()
        .set("width", width)
        .set("height", height)
        .set("viewBox", (0, 0, width, height))
        .set("font-family", "monospace")
        .set("font-size", 13)
        .add(Title::new("Containers"))
        .add(
            Rectangle::new()
                .set("width", width)
                .set("height", height)
                .set("fill", "white"),
        )
        .add(heads(bar));
    for (place, parent) in parents(containers).into_iter().enumerate() {
        let container = &containers[place];
        if let Some(parent) = parent {
            document = document.add(branch(container, parent, place));
        }
        document = document.add(row(container, place, bar));
    }
    format!("{document}\n")
}

/// The middle of a row, where 0 is the first container's.
fn middle(row: usize) -> usize {
    BORDER + ROW * (row + 1) + ROW / 2
}

fn heads(bar: usize) -> Group {
    let y = BORDER + ROW / 2 + 4;
    COLUMNS.iter().fold(Group::new(), |group, (head, place)| {
        group.add(number(*head, bar + BAR + place, y).set("fill", "#555555"))
    })
}

/// A text that ends at `x`.
fn number(text: impl Into<String>, x: usize, y: usize) -> Text {
    Text::new(text)
        .set("x", x)
        .set("y", y)
        .set("text-anchor", "end")
}

/// The line from a container's parent to it.
fn branch(container: &Entry, parent: usize, place: usize) -> Path {
    let left = BORDER + usize::from(container.depth).saturating_sub(1) * LEVEL + 6;
    let (from, to) = (middle(parent) + ROW / 3, middle(place));
    let right = left + LEVEL - 8;
    Path::new()
        .set("d", format!("M{left} {from}V{to}H{right}"))
        .set("fill", "none")
        .set("stroke", LINES)
}

/// Name, bar and numbers.
fn row(container: &Entry, place: usize, bar: usize) -> Group {
    let (top, line) = (middle(place) - ROW / 3, middle(place) + 4);
    let part = |bytes: u64, colour: &str| {
        Rectangle::new()
            .set("x", bar)
            .set("y", top)
            .set(
                "width",
                format!("{:.1}", share(container, bytes) * BAR as f64),
            )
            .set("height", ROW * 2 / 3)
            .set("fill", colour)
    };
    let numbers = [
        size(container.used.bytes),
        size(most(container)),
        container.used.slots.to_string(),
        container.processes.to_string(),
        age(container),
    ];
    let explained = format!(
        "{}: {} of {} used, {} of it by itself",
        name(container),
        size(container.used.bytes),
        size(most(container)),
        size(container.own.bytes),
    );
    let group = Group::new()
        .add(Title::new(explained))
        .add(
            Text::new(name(container))
                .set("x", BORDER + usize::from(container.depth) * LEVEL)
                .set("y", line),
        )
        .add(part(most(container), EMPTY).set("stroke", LINES))
        .add(part(container.used.bytes, USED))
        .add(part(container.own.bytes, OWN));
    let columns = COLUMNS.iter().zip(numbers);
    columns.fold(group, |group, ((_, place), text)| {
        group.add(number(text, bar + BAR + place, line))
    })
}
