#pragma once
// Which container the rails are for.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "multus/rail.h"
#include "webhook/inject/config.h"
#include "webhook/inject/pod.h"

namespace railhook {

inline constexpr std::string_view kContainerAnnotation = "railhook.io/container";
inline constexpr std::string_view kStatusAnnotation = "railhook.io/status";

// Whether the container asks for a GPU: a resource that one of the patterns matches and that is no
// rail's.
bool AsksForGpu(const Container& container, const std::vector<std::string>& gpu_resources,
                const std::vector<const Rail*>& rails);

// Whether any container of the pod does; claims count where no resource matches anywhere.
bool PodAsksForGpu(const Pod& pod, const std::vector<std::string>& gpu_resources,
                   const std::vector<const Rail*>& rails);

struct Target {
  const Container* container;  // lives as long as the pod
  std::string_view reason;     // "the first that asks for GPUs"
};

// The container that railhook.io/container names; else the one that an earlier injection chose;
// else the first that asks for a rail's resource; else the first that asks for a GPU; else the
// first. kInvalid where the annotation names no container of `pod`, which must have one at least.
Result<Target> ChooseTarget(const Pod& pod, const std::vector<const Rail*>& rails,
                            const std::vector<std::string>& gpu_resources);

}  // namespace railhook
