// SPDX-License-Identifier: MIT OR Apache-2.0
//! Empty on purpose: the package exists for its dependency alone (see Cargo.toml).
