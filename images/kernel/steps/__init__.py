# SPDX-License-Identifier: MIT OR Apache-2.0
"""The steps of images/kernel/build."""
