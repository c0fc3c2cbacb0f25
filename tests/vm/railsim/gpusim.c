// SPDX-License-Identifier: GPL-2.0
// gpusim makes a PCI device pass for an NVIDIA GPU: write its address to /sys/module/gpusim/parameters/gpu. For tests only.
#include <linux/module.h>
#include <linux/pci.h>

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
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a GPU that isn't one, for tests");
