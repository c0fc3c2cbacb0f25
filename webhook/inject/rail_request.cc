#include "webhook/inject/rail_request.h"

#include "base/text.h"

namespace railhook {
namespace {

constexpr std::size_t kMostShown = 200;  // bytes of a value in a message

std::vector<std::string> ClassesIn(std::string_view value) {
  auto classes = SplitList(value);
  if (classes.size() == 1 && classes.front() == kOptOut) classes.clear();
  return classes;
}

std::optional<RailRequest> RequestOn(const StringMap& annotations, Asker asker) {
  const auto rdma = annotations.find(AnnotationOf(InjectKey::kRdma));
  const auto network = annotations.find(AnnotationOf(InjectKey::kNetwork));
  const bool has_rdma = rdma != annotations.end();
  const bool has_network = network != annotations.end();
  if (!has_rdma && !has_network) return std::nullopt;
  RailRequest request;
  request.key = has_rdma ? InjectKey::kRdma : InjectKey::kNetwork;
  request.value = has_rdma ? rdma->second : network->second;
  request.classes = ClassesIn(request.value);
  request.asker = asker;
  request.has_both_keys = has_rdma && has_network;
  return request;
}

}  // namespace

std::string RailRequest::Annotation() const {
  return "annotation " + std::string(AnnotationOf(key)) + '=' + Quoted(OneLine(value, kMostShown));
}

std::optional<RailRequest> FindRailRequest(const StringMap& pod, const StringMap& name_space) {
  if (auto request = RequestOn(pod, Asker::kPod)) return request;
  return RequestOn(name_space, Asker::kNamespace);
}

}  // namespace railhook
