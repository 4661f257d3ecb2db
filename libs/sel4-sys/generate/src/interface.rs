// SPDX-License-Identifier: MIT OR Apache-2.0
//! The invocations that a kernel offers, read from its XML descriptions.

use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use sel4_config_data::Installation;

use crate::{Condition, Error, read};

/// One parameter of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its C type.
    pub type_name: String,
    /// Whether it is a result.
    pub is_output: bool,
}

/// One invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The kind of object, a C type such as `seL4_TCB`.
    pub interface: String,
    /// Its name within the interface.
    pub name: String,
    /// The name of its label.
    pub id: String,
    /// The label: its number in this configuration.
    pub label: u64,
    /// What it takes and gives, in order.
    pub parameters: Vec<Parameter>,
}

/// A structure that is passed word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struct {
    /// Its C type.
    pub name: String,
    /// Its members, a word each.
    pub members: Vec<String>,
}

/// Everything that the XML descriptions say, for one configuration.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// The invocations that exist in this configuration, by ascending label.
    pub methods: Vec<Method>,
    /// The structures.
    pub structs: Vec<Struct>,
    /// The names of all kinds of objects, also those without invocations in this configuration.
    pub objects: Vec<String>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// Reads the descriptions in the order in which the kernel numbers its labels: generic, then
/// `sel4_arch`, then `arch`.
pub fn read_interfaces(installation: &Installation) -> Result<Interface, Error> {
    let mut result = Interface::default();
    // Label 0 is the invalid invocation.
    let mut next_label = 1;
    for path in description_files(installation)? {
        let text = read(&path)?;
        let document = Document::parse_with_options(
            &text,
            roxmltree::ParsingOptions {
                allow_dtd: true,
                ..Default::default()
            },
        )
        .map_err(|error| Error::interface(&path, error.to_string()))?;
        result
            .add(installation, &document, &mut next_label)
            .map_err(|reason| Error::interface(&path, reason))?;
        result.files.push(path);
    }
    Ok(result)
}

fn description_files(installation: &Installation) -> Result<[PathBuf; 3], Error> {
    if let Ok(generic) = installation.find("interfaces/object-api.xml") {
        return Ok([
            generic,
            installation.find("interfaces/object-api-sel4-arch.xml")?,
            installation.find("interfaces/object-api-arch.xml")?,
        ]);
    }
    // The two architecture files have the same name in different folders.
    let below = |folder: &str| -> Result<PathBuf, Error> {
        let name = "interfaces/sel4arch.xml";
        installation
            .include_dirs()
            .iter()
            .filter(|dir| dir.components().any(|part| part.as_os_str() == folder))
            .map(|dir| dir.join(name))
            .find(|path| path.is_file())
            .ok_or_else(|| {
                sel4_config_data::Error::FileMissing {
                    file: format!("{folder}/…/{name}"),
                    searched: installation.include_dirs().to_vec(),
                }
                .into()
            })
    };
    Ok([
        installation.find("interfaces/sel4.xml")?,
        below("sel4_arch_include")?,
        below("arch_include")?,
    ])
}

impl Interface {
    fn add(
        &mut self,
        installation: &Installation,
        document: &Document,
        next_label: &mut u64,
    ) -> Result<(), String> {
        for node in elements(document.root_element(), "struct") {
            self.structs.push(Struct {
                name: attribute(node, "name")?,
                members: elements(node, "member")
                    .map(|member| attribute(member, "name"))
                    .collect::<Result<_, _>>()?,
            });
        }
        for interface in elements(document.root_element(), "interface") {
            let name = attribute(interface, "name")?;
            for method in elements(interface, "method") {
                let condition = condition(interface)?.and(condition(method)?);
                if !condition.holds(installation.configuration()) {
                    continue;
                }
                self.methods.push(Method {
                    interface: name.clone(),
                    name: attribute(method, "name")?,
                    id: attribute(method, "id")?,
                    label: *next_label,
                    parameters: elements(method, "param")
                        .map(parameter)
                        .collect::<Result<_, _>>()?,
                });
                *next_label += 1;
            }
            if !self.objects.contains(&name) {
                self.objects.push(name);
            }
        }
        Ok(())
    }
}

/// The kernel numbers methods in document order, whatever they are nested in.
fn elements<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    tag: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants()
        .filter(move |child| child.has_tag_name(tag) && *child != node)
}

fn attribute(node: Node, name: &str) -> Result<String, String> {
    node.attribute(name)
        .map(str::to_owned)
        .ok_or_else(|| format!("<{}> without {name}", node.tag_name().name()))
}

fn parameter(node: Node) -> Result<Parameter, String> {
    Ok(Parameter {
        name: attribute(node, "name")?,
        type_name: attribute(node, "type")?,
        is_output: match attribute(node, "dir")?.as_str() {
            "in" => false,
            "out" => true,
            other => return Err(format!("a parameter's direction is `{other}`")),
        },
    })
}

/// The condition on an element: an attribute in older kernels, a child element in newer ones.
pub fn condition(node: Node) -> Result<Condition, String> {
    if let Some(text) = node.attribute("condition") {
        return Condition::parse(text);
    }
    let Some(child) = node
        .children()
        .find(|child| child.has_tag_name("condition"))
    else {
        return Ok(Condition::Always);
    };
    match child.children().find(Node::is_element) {
        Some(expression) => nested(expression),
        None => Ok(Condition::Always),
    }
}

fn nested(node: Node) -> Result<Condition, String> {
    let mut children = node.children().filter(Node::is_element).map(nested);
    let operator = match node.tag_name().name() {
        "config" => return Ok(Condition::Defined(attribute(node, "var")?)),
        "not" => {
            let inner = children.next().ok_or("<not> is empty")??;
            return Ok(Condition::Not(Box::new(inner)));
        }
        "and" => crate::condition::Operator::And,
        "or" => crate::condition::Operator::Or,
        other => return Err(format!("<{other}> in a condition is not understood")),
    };
    let first = children.next().ok_or("an operator without operands")??;
    children.try_fold(first, |left, right| {
        Ok(Condition::Binary(
            operator,
            Box::new(left),
            Box::new(right?),
        ))
    })
}

/// Parses an XML file, naming it in errors.
pub fn parse_document<'a>(path: &Path, text: &'a str) -> Result<Document<'a>, Error> {
    Document::parse(text).map_err(|error| Error::interface(path, error.to_string()))
}
