// SPDX-License-Identifier: GPL-2.0
// Nothing but the name of a module that a node with GPUs has.
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("the name of nvidia_peermem, for tests");
