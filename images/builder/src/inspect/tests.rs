// SPDX-License-Identifier: MIT OR Apache-2.0
use croft_container::{Amount, Name};

use super::*;

fn container(name: &str, depth: u8, limit: u64, [used, own, left]: [u64; 3]) -> Entry {
    let kib = |bytes: u64| Amount {
        bytes: bytes << 10,
        slots: bytes as u32,
    };
    let mut limit = kib(limit);
    if limit.bytes == 0 {
        limit = Amount::MAX;
    }
    Entry {
        number: 0,
        name: Name::new(name),
        depth,
        limit,
        guaranteed: Amount::ZERO,
        used: kib(used),
        own: kib(own),
        left: kib(left),
        children: 0,
        processes: 1,
        age: 12_345,
    }
}

fn machine() -> Vec<Entry> {
    vec![
        container("root", 0, 65_536, [8448, 256, 57_088]),
        container("console", 1, 512, [128, 128, 384]),
        container("unix", 1, 8192, [8064, 7936, 128]),
        container("2 a<\"b\\\x1b", 2, 0, [64, 64, 128]),
        container("1 sh", 2, 0, [64, 64, 128]),
        container("clock", 1, 512, [0, 0, 512]),
    ]
}

#[test]
fn everybody_has_the_right_parent() {
    let expected = [None, Some(0), Some(0), Some(2), Some(2), Some(0)];
    assert_eq!(parents(&machine()), expected);
    // A world's tree begins below the root container.
    assert_eq!(parents(&machine()[2..5]), [None, Some(0), Some(0)]);
    assert_eq!(parents(&[]), []);
}

#[test]
fn the_form_follows_the_name() {
    let forms = ["a.svg", "a.dot", "a.gv", "a.txt", "svg"].map(|name| Form::of(Path::new(name)));
    use Form::{Dot, Svg, Text};
    assert_eq!(forms, [Svg, Dot, Dot, Text, Text]);
}

#[test]
fn text_has_a_line_for_each() {
    let text = draw(Form::Text, &machine());
    let expected = "\
NAME                      LIMIT KiB  USED KiB   OWN KiB  LEFT KiB  SLOTS OWN-SLOTS PROCS    AGE s
root                          65536      8448       256     57088   8448       256     1     12.3
  console                       512       128       128       384    128       128     1     12.3
  unix                         8192      8064      7936       128   8064      7936     1     12.3
    2 a<\"b\\\u{fffd}                      -        64        64       128     64        64     1     12.3
    1 sh                          -        64        64       128     64        64     1     12.3
  clock                         512         0         0       512      0         0     1     12.3
";
    assert_eq!(text, expected, "\n{text}");
}

#[test]
fn graphviz_gets_a_tree_with_escaped_names() {
    let text = draw(Form::Dot, &machine());
    assert!(text.starts_with("digraph containers {\n") && text.ends_with("}\n"));
    for line in [
        "  c2 [label=\"unix\\n7.9 MiB of 8.0 MiB\\n8064 slots, 1 processes, 12.3 s\", fillcolor=\"#9ecae1;0.984:#f7fbff;0.016\"];",
        "  c0 -> c2;",
        "  c2 -> c3;",
        "  c2 -> c4;",
        "  c0 -> c5;",
    ] {
        assert!(text.lines().any(|each| each == line), "{line}\n{text}");
    }
    assert!(
        text.contains("label=\"2 a<\\\"b\\\\\u{fffd}\\n64 KiB of"),
        "{text}"
    );
    assert_eq!(text.matches(" -> ").count(), 5);
}

#[test]
fn the_picture_has_a_bar_for_each() {
    let text = draw(Form::Svg, &machine());
    assert!(
        text.starts_with("<svg") && text.ends_with("</svg>\n"),
        "{text}"
    );
    // Background, and three bars for each container.
    assert_eq!(text.matches("<rect").count(), 1 + 3 * 6);
    assert_eq!(text.matches("<path").count(), 5);
    // 8064 of 8192, and of these 7936 by itself.
    assert!(
        text.contains("width=\"196.9\"") && text.contains("width=\"193.8\""),
        "{text}"
    );
    assert!(text.contains("2 a&lt;"), "{text}");
    assert!(!text.contains('\x1b') && !text.contains("a<"), "{text}");
}

#[test]
fn a_file_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tree.svg");
    let inspect = Inspect::File(path.clone());
    for containers in [&machine()[..], &machine()[..2]] {
        assert_eq!(inspect.take(containers).unwrap(), None);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            draw(Form::Svg, containers)
        );
    }
    let nowhere = Inspect::File(folder.path().join("no/tree"));
    assert!(nowhere.take(&machine()).is_err());
    let shown = Inspect::Show.take(&machine()).unwrap();
    assert_eq!(shown, Some(draw(Form::Text, &machine())));
}
