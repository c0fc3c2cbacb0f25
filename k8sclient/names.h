#pragma once
// The rules for names of the Kubernetes API conventions.

#include <string_view>

namespace railhook {

// A DNS-1123 subdomain: lower-case labels with dots between them, 253 characters at most.
bool IsDnsSubdomain(std::string_view name);

// A label's value: empty, or up to 63 letters, digits, '-', '_' and '.', with a letter or digit at
// both ends.
bool IsLabelValue(std::string_view value);

// A label's key: up to 63 letters, digits, '-', '_' and '.', and a DNS subdomain and '/' in front
// where there is one.
bool IsLabelKey(std::string_view key);

// An extended resource's name: "domain/name" outside of kubernetes.io, such as
// "spidernet.io/gpu1sriov".
bool IsExtendedResource(std::string_view name);

}  // namespace railhook
