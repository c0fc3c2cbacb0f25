// SPDX-License-Identifier: GPL-2.0
// railsim makes RDMA NICs of the Intel 82576 functions that QEMU emulates (PF 8086:10c9, VF 8086:10ca). For tests only.
//
// It never touches their hardware. Each function gets a netdev and an RDMA device, Ethernet or InfiniBand, so that the real
// kernel around them can be tested: sriov_numvfs and the binding of drivers, rtnetlink's attributes of VFs, RDMA netlink and
// network namespaces, uverbs. A VF's node GUID is zero until its PF has been told one and the VF is probed after that, as
// with mlx5; but it is a model of that driver and proves nothing about it.
//
// Knobs: /sys/module/railsim/parameters. Counts of probes: its `probes`.
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_verbs.h>

#define MAX_VFS 64
#define MAX_FUNCTIONS 512
#define IB_ADDRESS_BYTES 20

static bool ib;
module_param(ib, bool, 0644);
MODULE_PARM_DESC(ib, "PFs that are probed from now on are InfiniBand; VFs are what their PF is");

static int max_vfs;
module_param(max_vfs, int, 0644);
MODULE_PARM_DESC(max_vfs, "sriov_totalvfs of PFs that are probed from now on; 0: the hardware's 8");

static int max_mtu = 9216;
module_param(max_mtu, int, 0644);
MODULE_PARM_DESC(max_mtu, "of Ethernet functions that are probed from now on");

static int vf_delay_ms;
module_param(vf_delay_ms, int, 0644);
MODULE_PARM_DESC(vf_delay_ms, "how much longer sriov_numvfs takes, for each VF");

static int probe_delay_ms;
module_param(probe_delay_ms, int, 0644);
MODULE_PARM_DESC(probe_delay_ms, "how much longer the probe of a VF takes");

static int fail_numvfs = -1;
module_param(fail_numvfs, int, 0644);
MODULE_PARM_DESC(fail_numvfs, "the value of sriov_numvfs that fails");

static int fail_numvfs_errno = EIO;
module_param(fail_numvfs_errno, int, 0644);
MODULE_PARM_DESC(fail_numvfs_errno, "what it fails with");

static int fail_vf_probe = -1;
module_param(fail_vf_probe, int, 0644);
MODULE_PARM_DESC(fail_vf_probe, "index of the VFs whose probe fails with ENODEV");

static int fail_vf_set;
module_param(fail_vf_set, int, 0644);
MODULE_PARM_DESC(fail_vf_set, "errno of setting a VF's MAC or GUID; 0: it works");

static bool guid_needs_rebind;
module_param(guid_needs_rebind, bool, 0644);
MODULE_PARM_DESC(guid_needs_rebind, "a VF's first probe finds no GUID or MAC, only those after it do");

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

struct rdma {
	struct ib_device device;
	struct nic *nic;
};

struct netdev_data {
	struct nic *nic;
};

struct user_context {
	struct ib_ucontext context;
};

static struct nic *nic_of(const struct net_device *netdev)
{
	return ((struct netdev_data *)netdev_priv(netdev))->nic;
}

static struct nic *nic_of_rdma(struct ib_device *device)
{
	return container_of(device, struct rdma, device)->nic;
}

/* ---- Counts of probes, by the function's address; they outlive the function. Written to, they begin anew. ---- */

static struct probe_count {
	char address[16];
	int count;
} probe_counts[MAX_FUNCTIONS];
static DEFINE_MUTEX(probe_lock);

static void count_probe(struct pci_dev *pdev)
{
	struct probe_count *one;

	mutex_lock(&probe_lock);
	for (one = probe_counts; one < probe_counts + MAX_FUNCTIONS; one++) {
		if (one->count && strcmp(one->address, pci_name(pdev)))
			continue;
		strscpy(one->address, pci_name(pdev), sizeof(one->address));
		one->count++;
		break;
	}
	mutex_unlock(&probe_lock);
}

static int get_probes(char *text, const struct kernel_param *param)
{
	int i, length = 0;

	mutex_lock(&probe_lock);
	for (i = 0; i < MAX_FUNCTIONS && probe_counts[i].count; i++)
		length += scnprintf(text + length, PAGE_SIZE - length, "%s %d\n", probe_counts[i].address,
				    probe_counts[i].count);
	mutex_unlock(&probe_lock);
	return length;
}

static int clear_probes(const char *text, const struct kernel_param *param)
{
	mutex_lock(&probe_lock);
	memset(probe_counts, 0, sizeof(probe_counts));
	mutex_unlock(&probe_lock);
	return 0;
}

static const struct kernel_param_ops probes_ops = { .get = get_probes, .set = clear_probes };
module_param_cb(probes, &probes_ops, NULL, 0644);
MODULE_PARM_DESC(probes, "how often each function was probed: ADDRESS COUNT; anything written clears it");

/* ---- A device that passes for an NVIDIA GPU: its address. ---- */

static int set_gpu(const char *text, const struct kernel_param *param)
{
	unsigned int domain, bus, slot, function;
	struct pci_dev *pdev;

	if (sscanf(text, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!pdev)
		return -ENODEV;
	pdev->vendor = PCI_VENDOR_ID_NVIDIA;
	pdev->class = PCI_CLASS_DISPLAY_3D << 8;
	pci_dev_put(pdev);
	return 0;
}

static const struct kernel_param_ops gpu_ops = { .set = set_gpu };
module_param_cb(gpu, &gpu_ops, NULL, 0200);
MODULE_PARM_DESC(gpu, "address of a device that shall pass for an NVIDIA GPU");

/* ---- Netdev ---- */

static int open_netdev(struct net_device *netdev)
{
	netif_carrier_on(netdev);
	netif_start_queue(netdev);
	return 0;
}

static int stop_netdev(struct net_device *netdev)
{
	netif_stop_queue(netdev);
	netif_carrier_off(netdev);
	return 0;
}

static netdev_tx_t transmit(struct sk_buff *skb, struct net_device *netdev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static int change_carrier(struct net_device *netdev, bool carrier)
{
	if (carrier)
		netif_carrier_on(netdev);
	else
		netif_carrier_off(netdev);
	return 0;
}

static int get_link(struct net_device *netdev, struct ethtool_link_ksettings *settings)
{
	settings->base.speed = netif_carrier_ok(netdev) ? SPEED_200000 : SPEED_UNKNOWN;
	settings->base.duplex = DUPLEX_FULL;
	return 0;
}

static const struct ethtool_ops ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link,
};

static struct vf_settings *vf_of(struct net_device *pf, int vf)
{
	if (vf < 0 || vf >= pci_num_vf(nic_of(pf)->pdev))
		return NULL;
	return &nic_of(pf)->vfs[vf];
}

static int set_vf_mac(struct net_device *pf, int vf, u8 *mac)
{
	struct vf_settings *settings = vf_of(pf, vf);

	if (!settings)
		return -EINVAL;
	if (fail_vf_set)
		return -fail_vf_set;
	ether_addr_copy(settings->mac, mac);
	return 0;
}

static int set_vf_guid(struct net_device *pf, int vf, u64 guid, int type)
{
	struct vf_settings *settings = vf_of(pf, vf);

	if (!settings || !nic_of(pf)->ib)
		return -EINVAL;
	if (fail_vf_set)
		return -fail_vf_set;
	if (type == IFLA_VF_IB_NODE_GUID)
		settings->node_guid = guid;
	else
		settings->port_guid = guid;
	return 0;
}

static int get_vf_guid(struct net_device *pf, int vf, struct ifla_vf_guid *node, struct ifla_vf_guid *port)
{
	struct vf_settings *settings = vf_of(pf, vf);

	if (!settings)
		return -EINVAL;
	if (!nic_of(pf)->ib)
		return -EOPNOTSUPP;
	node->vf = port->vf = vf;
	node->guid = settings->node_guid;
	port->guid = settings->port_guid;
	return 0;
}

#define SET_VF(name, type, member)                                        \
	static int name(struct net_device *pf, int vf, type value)        \
	{                                                                 \
		struct vf_settings *settings = vf_of(pf, vf);             \
                                                                          \
		if (!settings)                                            \
			return -EINVAL;                                   \
		settings->member = value;                                 \
		return 0;                                                 \
	}
SET_VF(set_vf_spoofchk, bool, spoofchk)
SET_VF(set_vf_trust, bool, trust)
SET_VF(set_vf_link_state, int, link_state)

static int set_vf_vlan(struct net_device *pf, int vf, u16 vlan, u8 qos, __be16 protocol)
{
	struct vf_settings *settings = vf_of(pf, vf);

	if (!settings)
		return -EINVAL;
	settings->vlan = vlan;
	settings->qos = qos;
	return 0;
}

static int get_vf(struct net_device *pf, int vf, struct ifla_vf_info *info)
{
	struct vf_settings *settings = vf_of(pf, vf);

	if (!settings)
		return -EINVAL;
	info->vf = vf;
	ether_addr_copy(info->mac, settings->mac);
	info->vlan = settings->vlan;
	info->qos = settings->qos;
	info->spoofchk = settings->spoofchk;
	info->trusted = settings->trust;
	info->linkstate = settings->link_state;
	return 0;
}

static const struct net_device_ops pf_ops = {
	.ndo_open = open_netdev,
	.ndo_stop = stop_netdev,
	.ndo_start_xmit = transmit,
	.ndo_change_carrier = change_carrier,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_set_vf_mac = set_vf_mac,
	.ndo_set_vf_vlan = set_vf_vlan,
	.ndo_set_vf_spoofchk = set_vf_spoofchk,
	.ndo_set_vf_trust = set_vf_trust,
	.ndo_set_vf_link_state = set_vf_link_state,
	.ndo_get_vf_config = get_vf,
	.ndo_set_vf_guid = set_vf_guid,
	.ndo_get_vf_guid = get_vf_guid,
};

static const struct net_device_ops vf_ops = {
	.ndo_open = open_netdev,
	.ndo_stop = stop_netdev,
	.ndo_start_xmit = transmit,
	.ndo_change_carrier = change_carrier,
	.ndo_set_mac_address = eth_mac_addr,
};

static void setup_ib(struct net_device *netdev)
{
	netdev->type = ARPHRD_INFINIBAND;
	netdev->addr_len = IB_ADDRESS_BYTES;
	netdev->hard_header_len = 4;
	netdev->mtu = 2044;
	netdev->min_mtu = 68;
	netdev->max_mtu = 4092;
	netdev->tx_queue_len = 256;
	netdev->flags = IFF_BROADCAST | IFF_MULTICAST;
	memset((void *)netdev->broadcast, 0xff, IB_ADDRESS_BYTES);
}

/* A queue pair, the link-local prefix and the port's GUID, as IPoIB has it. */
static void set_ib_address(struct net_device *netdev, u8 devfn, u64 guid)
{
	u8 address[IB_ADDRESS_BYTES] = { [3] = devfn, [4] = 0xfe, [5] = 0x80 };
	__be64 bytes = cpu_to_be64(guid);

	memcpy(address + 12, &bytes, sizeof(bytes));
	dev_addr_set(netdev, address);
}

/* ---- RDMA device ---- */

static int query_device(struct ib_device *device, struct ib_device_attr *attr, struct ib_udata *udata)
{
	memset(attr, 0, sizeof(*attr));
	attr->sys_image_guid = device->node_guid;
	attr->max_qp = 1;
	attr->max_cq = 1;
	attr->max_pkeys = 1;
	attr->vendor_id = PCI_VENDOR_ID_INTEL;
	return 0;
}

static int query_port(struct ib_device *device, u32 port, struct ib_port_attr *attr)
{
	struct nic *nic = nic_of_rdma(device);
	bool up = nic->ib || netif_carrier_ok(nic->netdev);

	attr->state = up ? IB_PORT_ACTIVE : IB_PORT_DOWN;
	attr->phys_state = up ? IB_PORT_PHYS_STATE_LINK_UP : IB_PORT_PHYS_STATE_DISABLED;
	attr->max_mtu = attr->active_mtu = IB_MTU_4096;
	attr->gid_tbl_len = 4;
	attr->pkey_tbl_len = 1;
	attr->active_width = IB_WIDTH_4X;
	attr->active_speed = IB_SPEED_HDR;
	return 0;
}

static int get_port_immutable(struct ib_device *device, u32 port, struct ib_port_immutable *immutable)
{
	immutable->pkey_tbl_len = 1;
	immutable->gid_tbl_len = 4;
	immutable->core_cap_flags = nic_of_rdma(device)->ib ? RDMA_CORE_CAP_PROT_IB
							    : RDMA_CORE_CAP_PROT_ROCE_UDP_ENCAP;
	return 0;
}

static int query_pkey(struct ib_device *device, u32 port, u16 index, u16 *pkey)
{
	*pkey = 0xffff;
	return 0;
}

static int query_gid(struct ib_device *device, u32 port, int index, union ib_gid *gid)
{
	memset(gid, 0, sizeof(*gid));
	if (index == 0) {
		gid->global.subnet_prefix = cpu_to_be64(0xfe80000000000000ULL);
		gid->global.interface_id = cpu_to_be64(nic_of_rdma(device)->port_guid);
	}
	return 0;
}

static int ignore_gid(const struct ib_gid_attr *attr, void **context)
{
	return 0;
}

static enum rdma_link_layer get_link_layer(struct ib_device *device, u32 port)
{
	return nic_of_rdma(device)->ib ? IB_LINK_LAYER_INFINIBAND : IB_LINK_LAYER_ETHERNET;
}

static int alloc_user_context(struct ib_ucontext *context, struct ib_udata *udata)
{
	return 0;
}

static void end_user_context(struct ib_ucontext *context)
{
}

static const struct ib_device_ops rdma_ops = {
	.owner = THIS_MODULE,
	.driver_id = RDMA_DRIVER_UNKNOWN,
	.uverbs_abi_ver = 1,
	.query_device = query_device,
	.query_port = query_port,
	.get_port_immutable = get_port_immutable,
	.query_pkey = query_pkey,
	.query_gid = query_gid,
	.add_gid = ignore_gid,
	.del_gid = ignore_gid,
	.get_link_layer = get_link_layer,
	.alloc_ucontext = alloc_user_context,
	.dealloc_ucontext = end_user_context,
	.disassociate_ucontext = end_user_context,
	INIT_RDMA_OBJ_SIZE(ib_ucontext, user_context, context),
};

/* ---- PCI functions ---- */

static u64 guid_of_mac(const u8 *mac)
{
	u8 bytes[] = { mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	return get_unaligned_be64(bytes);
}

static struct nic *pf_of(struct pci_dev *pdev)
{
	struct pci_dev *pf = pci_physfn(pdev);

	return pdev->is_virtfn && pf->driver == pdev->driver ? pci_get_drvdata(pf) : NULL;
}

/* The addresses that a function has from its first moment; `mac` stays zero where none is given. */
static void find_addresses(struct nic *nic, u8 *mac)
{
	struct pci_dev *pdev = nic->pdev;
	struct nic *pf = pf_of(pdev);
	struct vf_settings *settings;
	u8 pf_mac[ETH_ALEN] = { 0x02, 0x5a, 0, pdev->bus->number, pdev->devfn, 0 };
	bool told;

	if (!pdev->is_virtfn) {
		ether_addr_copy(mac, pf_mac);
		nic->node_guid = nic->port_guid = guid_of_mac(mac);
	} else if (pf) {
		settings = &pf->vfs[pci_iov_vf_id(pdev)];
		told = settings->probed || !guid_needs_rebind;
		settings->probed = true;
		if (!told)
			return;
		ether_addr_copy(mac, settings->mac);
		nic->node_guid = settings->node_guid;
		nic->port_guid = settings->port_guid;
		if (!nic->ib && !is_zero_ether_addr(mac))
			nic->node_guid = nic->port_guid = guid_of_mac(mac);
	}
}

static int make_netdev(struct nic *nic)
{
	u8 mac[ETH_ALEN] = { 0 };
	struct net_device *netdev = nic->ib ? alloc_netdev(sizeof(struct netdev_data), "ib%d", NET_NAME_ENUM, setup_ib)
					    : alloc_etherdev(sizeof(struct netdev_data));
	int error;

	if (!netdev)
		return -ENOMEM;
	((struct netdev_data *)netdev_priv(netdev))->nic = nic;
	nic->netdev = netdev;
	SET_NETDEV_DEV(netdev, &nic->pdev->dev);
	netdev->netdev_ops = nic->pdev->is_virtfn ? &vf_ops : &pf_ops;
	netdev->ethtool_ops = &ethtool_ops;
	find_addresses(nic, mac);
	if (nic->ib) {
		set_ib_address(netdev, nic->pdev->devfn, nic->port_guid);
	} else {
		netdev->max_mtu = max_mtu;
		if (is_zero_ether_addr(mac))
			eth_hw_addr_random(netdev);
		else
			eth_hw_addr_set(netdev, mac);
	}
	netif_carrier_off(netdev);
	error = register_netdev(netdev);
	if (error)
		free_netdev(netdev);
	return error;
}

static void remove_netdev(struct nic *nic)
{
	unregister_netdev(nic->netdev);
	free_netdev(nic->netdev);
}

static int make_rdma(struct nic *nic)
{
	struct rdma *rdma = ib_alloc_device(rdma, device);
	int error = 0;

	if (!rdma)
		return -ENOMEM;
	rdma->nic = nic;
	rdma->device.node_type = RDMA_NODE_IB_CA;
	rdma->device.phys_port_cnt = 1;
	rdma->device.num_comp_vectors = 1;
	rdma->device.node_guid = cpu_to_be64(nic->node_guid);
	rdma->device.dev.parent = &nic->pdev->dev;
	strscpy(rdma->device.node_desc, "railsim", sizeof(rdma->device.node_desc));
	ib_set_device_ops(&rdma->device, &rdma_ops);
	if (!nic->ib)
		error = ib_device_set_netdev(&rdma->device, nic->netdev, 1);
	if (!error)
		error = ib_register_device(&rdma->device, "railsim_%d", NULL);
	if (error)
		ib_dealloc_device(&rdma->device);
	else
		nic->rdma = rdma;
	return error;
}

static void remove_rdma(struct nic *nic)
{
	ib_unregister_device(&nic->rdma->device);
	ib_dealloc_device(&nic->rdma->device);
}

static int make_devices(struct nic *nic)
{
	int error = make_netdev(nic);

	if (error)
		return error;
	error = make_rdma(nic);
	if (error)
		remove_netdev(nic);
	return error;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct nic *nic, *pf = pf_of(pdev);
	int error;

	count_probe(pdev);
	if (pdev->is_virtfn) {
		if (probe_delay_ms)
			msleep(probe_delay_ms);
		if (pci_iov_vf_id(pdev) == fail_vf_probe)
			return -ENODEV;
	} else if (max_vfs) {
		pci_sriov_set_totalvfs(pdev, max_vfs);
	}
	nic = kvzalloc(sizeof(*nic), GFP_KERNEL);
	if (!nic)
		return -ENOMEM;
	nic->pdev = pdev;
	nic->ib = pf ? pf->ib : ib;
	pci_set_drvdata(pdev, nic);
	error = pci_enable_device(pdev);
	if (error)
		goto free;
	error = make_devices(nic);
	if (error)
		goto disable;
	return 0;
disable:
	pci_disable_device(pdev);
free:
	kvfree(nic);
	return error;
}

static void remove(struct pci_dev *pdev)
{
	struct nic *nic = pci_get_drvdata(pdev);

	if (!pdev->is_virtfn)
		pci_disable_sriov(pdev);
	remove_rdma(nic);
	remove_netdev(nic);
	pci_disable_device(pdev);
	kvfree(nic);
}

static int configure_sriov(struct pci_dev *pdev, int count)
{
	struct nic *nic = pci_get_drvdata(pdev);
	int error;

	if (count == fail_numvfs)
		return -fail_numvfs_errno;
	if (count == 0) {
		pci_disable_sriov(pdev);
		memset(nic->vfs, 0, sizeof(nic->vfs));
		return 0;
	}
	if (count > MAX_VFS)
		return -EINVAL;
	if (vf_delay_ms)
		msleep(vf_delay_ms * count);
	error = pci_enable_sriov(pdev, count);
	return error ? error : count;
}

static const struct pci_device_id functions[] = { { PCI_DEVICE(0x8086, 0x10c9) }, { PCI_DEVICE(0x8086, 0x10ca) }, { 0 } };

static struct pci_driver railsim = {
	.name = "railsim",
	.id_table = functions,
	.probe = probe,
	.remove = remove,
	.sriov_configure = configure_sriov,
};
module_pci_driver(railsim);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("RDMA NICs with virtual functions, for tests");
