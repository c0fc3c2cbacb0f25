// SPDX-License-Identifier: GPL-2.0
// The netdev of a function, and what a PF's is told of its VFs.
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/module.h>

#include "railsim.h"

#define IB_ADDRESS_BYTES 20

static int max_mtu = 9216;
module_param(max_mtu, int, 0644);
MODULE_PARM_DESC(max_mtu, "of Ethernet functions that are probed from now on");

static int fail_vf_set;
module_param(fail_vf_set, int, 0644);
MODULE_PARM_DESC(fail_vf_set, "errno of setting a VF's MAC or GUID; 0: it works");

struct netdev_data {
	struct nic *nic;
};

static struct nic *nic_of(const struct net_device *netdev)
{
	return ((struct netdev_data *)netdev_priv(netdev))->nic;
}

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

int make_netdev(struct nic *nic, const u8 *mac)
{
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

void remove_netdev(struct nic *nic)
{
	unregister_netdev(nic->netdev);
	free_netdev(nic->netdev);
}
