// SPDX-License-Identifier: GPL-2.0
// The RDMA device of a function.
#include <linux/module.h>
#include <rdma/ib_mad.h>
#include <rdma/ib_verbs.h>

#include "railsim.h"

struct rdma {
	struct ib_device device;
	struct nic *nic;
};

struct user_context {
	struct ib_ucontext context;
};

static struct nic *nic_of_rdma(struct ib_device *device)
{
	return container_of(device, struct rdma, device)->nic;
}

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
	immutable->core_cap_flags = RDMA_CORE_CAP_PROT_ROCE_UDP_ENCAP;
	if (nic_of_rdma(device)->ib) {
		immutable->core_cap_flags = RDMA_CORE_CAP_PROT_IB | RDMA_CORE_CAP_IB_MAD | RDMA_CORE_CAP_IB_SMI;
		immutable->max_mad_size = IB_MGMT_MAD_SIZE;
	}
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

int make_rdma(struct nic *nic)
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
	if (nic->ib)
		ib_set_device_ops(&rdma->device, &refusing_ops);
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

void remove_rdma(struct nic *nic)
{
	ib_unregister_device(&nic->rdma->device);
	ib_dealloc_device(&nic->rdma->device);
}
