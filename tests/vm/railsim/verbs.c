// SPDX-License-Identifier: GPL-2.0
// Verbs that send and receive. Devices without them get no umad and issm nodes; so they are here, and refuse.
#include <linux/module.h>
#include <rdma/ib_verbs.h>

#include "railsim.h"

struct protection_domain {
	struct ib_pd pd;
};

#define REFUSE(type, name, ...)                                             \
	static type name(__VA_ARGS__)                                       \
	{                                                                   \
		return (type)(long)-EOPNOTSUPP;                             \
	}
REFUSE(int, alloc_pd, struct ib_pd *pd, struct ib_udata *udata)
REFUSE(int, dealloc_pd, struct ib_pd *pd, struct ib_udata *udata)
REFUSE(int, create_qp, struct ib_qp *qp, struct ib_qp_init_attr *attr, struct ib_udata *udata)
REFUSE(int, modify_qp, struct ib_qp *qp, struct ib_qp_attr *attr, int mask, struct ib_udata *udata)
REFUSE(int, destroy_qp, struct ib_qp *qp, struct ib_udata *udata)
REFUSE(int, post_send, struct ib_qp *qp, const struct ib_send_wr *request, const struct ib_send_wr **bad)
REFUSE(int, post_recv, struct ib_qp *qp, const struct ib_recv_wr *request, const struct ib_recv_wr **bad)
REFUSE(int, create_cq, struct ib_cq *cq, const struct ib_cq_init_attr *attr, struct ib_udata *udata)
REFUSE(int, destroy_cq, struct ib_cq *cq, struct ib_udata *udata)
REFUSE(int, poll_cq, struct ib_cq *cq, int count, struct ib_wc *completions)
REFUSE(int, req_notify_cq, struct ib_cq *cq, enum ib_cq_notify_flags flags)
REFUSE(struct ib_mr *, get_dma_mr, struct ib_pd *pd, int access)
REFUSE(struct ib_mr *, reg_user_mr, struct ib_pd *pd, u64 start, u64 length, u64 address, int access, struct ib_udata *udata)
REFUSE(int, dereg_mr, struct ib_mr *mr, struct ib_udata *udata)

const struct ib_device_ops refusing_ops = {
	.alloc_pd = alloc_pd,
	.dealloc_pd = dealloc_pd,
	.create_qp = create_qp,
	.modify_qp = modify_qp,
	.destroy_qp = destroy_qp,
	.post_send = post_send,
	.post_recv = post_recv,
	.create_cq = create_cq,
	.destroy_cq = destroy_cq,
	.poll_cq = poll_cq,
	.req_notify_cq = req_notify_cq,
	.get_dma_mr = get_dma_mr,
	.reg_user_mr = reg_user_mr,
	.dereg_mr = dereg_mr,
	INIT_RDMA_OBJ_SIZE(ib_pd, protection_domain, pd),
};
