// SPDX-License-Identifier: GPL-2.0
// The driver of PCI functions, and the knobs.
#include <linux/delay.h>
#include <linux/module.h>

#include "railsim.h"

#define MAX_FUNCTIONS 512

static bool ib;
module_param(ib, bool, 0644);
MODULE_PARM_DESC(ib, "PFs that are probed from now on are InfiniBand; VFs are what their PF is");

static int max_vfs;
module_param(max_vfs, int, 0644);
MODULE_PARM_DESC(max_vfs, "sriov_totalvfs of PFs that are probed from now on; 0: the hardware's 8");

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

static bool guid_needs_rebind;
module_param(guid_needs_rebind, bool, 0644);
MODULE_PARM_DESC(guid_needs_rebind, "a VF's first probe finds no GUID or MAC, only those after it do");

/* Counts of probes, by the function's address; they outlive the function. */

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

static int make_devices(struct nic *nic)
{
	u8 mac[ETH_ALEN] = { 0 };
	int error;

	find_addresses(nic, mac);
	error = make_netdev(nic, mac);
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

static int __init begin(void)
{
	int error = settle_at_once();

	if (error)
		return error;
	error = pci_register_driver(&railsim);
	if (error)
		settle_as_usual();
	return error;
}
module_init(begin);

static void __exit end(void)
{
	pci_unregister_driver(&railsim);
	settle_as_usual();
}
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("RDMA NICs with virtual functions, for tests");
