// SPDX-License-Identifier: GPL-2.0
// railsim makes RDMA NICs of the Intel 82576 functions that QEMU emulates (PF 8086:10c9, VF 8086:10ca). For tests only.
//
// It never touches their hardware. Each function gets a netdev and an RDMA device, Ethernet or InfiniBand, so that the real
// kernel around them can be tested: sriov_numvfs and the binding of drivers, rtnetlink's attributes of VFs, RDMA netlink and
// network namespaces, uverbs. A VF's node GUID is zero until its PF has been told one and the VF is probed after that, as
// with mlx5; but it is a model of that driver and proves nothing about it.
//
// Knobs are in /sys/module/railsim/parameters: function.c and netdev.c have them.
#pragma once

#include <linux/etherdevice.h>
#include <linux/pci.h>

#define MAX_VFS 64

struct rdma;
struct ib_device_ops;

/* What a PF was told of a VF. */
struct vf_settings {
	u8 mac[ETH_ALEN];
	u64 node_guid, port_guid;
	u32 link_state;
	u16 vlan;
	u8 qos;
	bool trust, spoofchk, probed;
};

struct nic {
	struct pci_dev *pdev;
	struct net_device *netdev;
	struct rdma *rdma;
	bool ib;
	u64 node_guid, port_guid;
	struct vf_settings vfs[MAX_VFS];
};

/* Each makes or removes what a function has; make returns an errno below zero, or 0. */
int make_netdev(struct nic *nic, const u8 *mac); /* of an Ethernet one; zeros: any */
void remove_netdev(struct nic *nic);
int make_rdma(struct nic *nic);
void remove_rdma(struct nic *nic);

extern const struct ib_device_ops refusing_ops;

/* Whether the kernel waits for NICs whose VFs have come or gone. */
int settle_at_once(void); /* an errno below zero, or 0 */
void settle_as_usual(void);
