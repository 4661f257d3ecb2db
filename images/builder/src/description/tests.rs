// SPDX-License-Identifier: MIT OR Apache-2.0
//! Descriptions as people write them, right and wrong.
use super::*;

fn server(name: &str, more: &str) -> String {
    format!(
        "[[server]]\nname = \"{name}\"\npackage = \"p\"\nreserve = \"1M\"\npriority = 100\n{more}\n"
    )
}

fn parse(servers: &[String]) -> std::result::Result<Description, String> {
    Description::parse(&format!("description = \"test\"\n{}", servers.concat()))
}

fn names(description: &Description) -> Vec<&str> {
    description
        .servers
        .iter()
        .map(|server| server.name.as_str())
        .collect()
}

#[test]
fn a_server_starts_after_its_services() {
    let servers = [
        server(
            "unix",
            "services = { time = \"clock\", terminal = \"console\" }",
        ),
        server("console", "services = { clock = \"clock\" }"),
        server("other", ""),
        server("clock", ""),
    ];
    let description = parse(&servers).unwrap();
    assert_eq!(names(&description), ["other", "clock", "console", "unix"]);
}

#[test]
fn devices_of_both_machines() {
    let text = r#"
[server.devices.x86_64]
ports = { ports = [0x3f8, 0x3ff] }
interrupt = { ioapic = { pin = 4, vector = 4, trigger = "edge", polarity = "high" } }
[server.devices.aarch64]
registers = { frames = { physical = 0x09000000, pages = 1 } }
interrupt = { gic = 33 }
"#;
    let description = parse(&[server("console", text)]).unwrap();
    let devices = &description.servers[0].devices;
    assert_eq!(devices.x86_64["ports"], Device::Ports(0x3f8, 0x3ff));
    assert_eq!(devices.of(Arch::Aarch64)["interrupt"], Device::Gic(33));
    assert_eq!(
        devices.aarch64["registers"],
        Device::Frames(Frames {
            physical: 0x0900_0000,
            pages: 1
        })
    );
}

#[test]
fn every_mistake_is_named() {
    let world = |text: &str| {
        format!("[server.world]\nhostname = \"h\"\ndirectory = \"/\"\ncommand = [\"sh\"]\n{text}")
    };
    let cases: &[(&[String], &[&str])] = &[
        (&[], &["no [[server]]", "missing field `server`"]),
        (
            &[server("a", "colour = 1")],
            &["unknown field `colour`", "priority"],
        ),
        (
            &[server("a", ""), server("a", "")],
            &["two servers", "\"a\""],
        ),
        (&[server("A b", "")], &["\"A b\" is no name"]),
        (
            &[server("a", "services = { x = \"b\" }")],
            &[
                "server \"a\"",
                "services.x is \"b\"",
                "none of the servers a",
            ],
        ),
        (
            &[
                server("a", "services = { x = \"b\" }"),
                server("b", "services = { x = \"c\" }"),
                server("c", "services = { x = \"b\" }"),
            ],
            &["wait for each other: b → c → b"],
        ),
        (
            &[server("a", "devices.x86_64.p = { ports = [9, 8] }")],
            &["server \"a\"", "device \"p\"", "wrong order"],
        ),
        (
            &[server("a", "devices.x86_64.p = { port = 9 }")],
            &["unknown variant `port`", "`ports`"],
        ),
        (
            &[server(
                "a",
                "devices.aarch64.p = { frames = { physical = 5, pages = 1 } }",
            )],
            &["0x5 is not at the start of a page"],
        ),
        (
            &[
                server(
                    "a",
                    "services = { p = \"b\" }\ndevices.aarch64.p = { gic = 33 }",
                ),
                server("b", ""),
            ],
            &["\"p\" is both a service and a device"],
        ),
        (
            &[server(
                "a",
                "look = \"p\"\ndevices.aarch64.p = { gic = 33 }",
            )],
            &["\"p\" is both a look and something else"],
        ),
        (&[server("a", "look = \"\"")], &["\"\" is no name"]),
        (
            &[server(
                "a",
                "files = { p = \"x\" }\nprograms = { p = \"x\" }",
            )],
            &["\"p\" is both a file and a program"],
        ),
        (
            &[server("a", "programs = { startup = \"x\" }")],
            &["\"startup\"", "is the startup program"],
        ),
        (
            &[server("a", &world("x = 1"))],
            &["unknown field `x`", "`command`"],
        ),
        (
            &[server("a", &format!("arguments = \"x\"\n{}", world("")))],
            &["no \"arguments\""],
        ),
        (
            &[server("a", "parent = true\nfiles = { startup = \"x\" }")],
            &["\"startup\" of a parent"],
        ),
    ];
    for (servers, expected) in cases {
        let error = parse(servers).unwrap_err();
        assert!(expected.iter().any(|text| error.contains(text)), "{error}");
        if expected[0] != "no [[server]]" {
            assert!(expected.iter().all(|text| error.contains(text)), "{error}");
        }
    }
}

/// A registry and a server with the service of it and with those names.
fn with_names(names: &str) -> [String; 3] {
    let services = "services = { registry = \"registry\" }\n";
    let publisher = format!("{services}names.publishes = {{ date = \"date\" }}");
    [
        server("guest", &format!("{services}{names}")),
        server("registry", "registry = true"),
        server("date", &publisher),
    ]
}

#[test]
fn names_are_seen_and_published() {
    let description = parse(&with_names("names.sees = { time = \"date\" }")).unwrap();
    assert_eq!(names(&description), ["registry", "guest", "date"]);
    assert_eq!(description.servers[1].names.sees["time"], "date");
    assert_eq!(description.servers[2].names.publishes["date"], "date");
}

#[test]
fn names_must_lead_somewhere() {
    let refused = |servers: &[String], expected: &[&str]| {
        let error = parse(servers).unwrap_err();
        assert!(expected.iter().all(|text| error.contains(text)), "{error}");
    };
    refused(
        &with_names("names.sees = { time = \"data\" }"),
        &[
            "server \"guest\"",
            "names.sees.time is \"data\"",
            "no server publishes in \"registry\"",
        ],
    );
    refused(
        &with_names("names.see = { time = \"date\" }"),
        &["unknown field `see`", "`sees`"],
    );
    refused(&with_names(""), &["server \"guest\"", "sees no name there"]);
    refused(
        &with_names("names = { sees = { a = \"date\" }, publishes = { a = \"date\" } }"),
        &["both have \"a\""],
    );
    refused(
        &with_names("names.publishes = { a = \"A b\" }"),
        &["server \"guest\"", "\"A b\" is no name"],
    );
    refused(
        &[server("a", "names.publishes = { a = \"a\" }")],
        &[
            "server \"a\"",
            "none of its services is a server with \"registry = true\"",
        ],
    );
    refused(
        &[server("a", "registry = true\narguments = \"x\"")],
        &[
            "server \"a\"",
            "a registry is no world and has no \"arguments\"",
        ],
    );
    let two = "services = { a = \"a\", b = \"b\" }\nnames.publishes = { c = \"c\" }";
    refused(
        &[
            server("a", "registry = true"),
            server("b", "registry = true"),
            server("c", two),
        ],
        &["server \"c\"", "two registries"],
    );
}

#[test]
fn reserves_must_fit_together() {
    let share = |name: &str, reserve: &str| server(name, "").replace("1M", reserve);
    let error = parse(&[share("a", "60%"), share("b", "50%")]).unwrap_err();
    assert!(error.contains("110%"), "{error}");
    let error = parse(&[share("a", "rest"), share("b", "rest")]).unwrap_err();
    assert!(error.contains("\"a\" and \"b\""), "{error}");
    let error = parse(&[share("a", "much")]).unwrap_err();
    assert!(error.contains("\"much\" is no reserve"), "{error}");
    let error = parse(&[server("a", "").replace("100", "254")]).unwrap_err();
    assert!(error.contains("root task"), "{error}");
}

#[test]
fn the_images_of_this_tree_are_right() {
    let folder = crate::Workspace::find().root().join("images");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            Description::read(&path).unwrap();
            count += 1;
        }
    }
    assert!(count > 0, "no descriptions were found");
}

#[test]
fn what_is_no_level_or_too_much_is_named() {
    let refused = |key: &str, why: &str| {
        let error = parse(&[server("clock", key)]).unwrap_err();
        assert!(error.contains(why), "{error}");
    };
    refused(
        "log = \"loud\"",
        "expected one of `off`, `error`, `warn`, `info`, `debug`, `trace`",
    );
    refused("log = true", "log");
    refused("trace = \"68K\"", "\"trace\" is more than 64K");
    refused("trace = \"all\"", "\"all\" is no size");
    let description = parse(&[server("clock", "log = \"debug\"\ntrace = \"64K\"")]).unwrap();
    assert_eq!(description.servers[0].log, Some(LogLevel::Debug));
}
