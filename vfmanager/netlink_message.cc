#include "vfmanager/netlink_message.h"

#include <linux/netlink.h>

#include <cerrno>

namespace railhook {
namespace {

constexpr std::size_t Aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// `bytes` without the first `size`, and what they are padded with.
std::string_view After(std::string_view bytes, std::size_t size) {
  return bytes.substr(std::min(bytes.size(), Aligned(size)));
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  Append(header);
}

NetlinkRequest& NetlinkRequest::PutText(std::uint16_t type, std::string_view text) {
  return PutBytes(type, std::string(text) + '\0');
}

NetlinkRequest& NetlinkRequest::Nest(std::uint16_t type,
                                     const std::function<void(NetlinkRequest&)>& fill) {
  const std::size_t start = bytes_.size();
  PutBytes(type | NLA_F_NESTED, "");
  fill(*this);
  const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
  std::memcpy(bytes_.data() + start, &length, sizeof length);
  return *this;
}

NetlinkRequest& NetlinkRequest::AppendBytes(std::string_view bytes) {
  bytes_ += bytes;
  Pad();
  SetLength();
  return *this;
}

NetlinkRequest& NetlinkRequest::PutBytes(std::uint16_t type, std::string_view value) {
  nlattr header{};
  header.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size());
  header.nla_type = type;
  return Append(header).AppendBytes(value);
}

void NetlinkRequest::Pad() { bytes_.resize(Aligned(bytes_.size())); }

void NetlinkRequest::SetLength() {
  const auto length = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &length, sizeof length);
}

std::vector<NetlinkAnswer> SplitAnswers(std::string_view bytes) {
  std::vector<NetlinkAnswer> answers;
  while (const auto header = ReadFixed<nlmsghdr>(bytes)) {
    if (header->nlmsg_len < sizeof *header || header->nlmsg_len > bytes.size()) break;
    answers.push_back({header->nlmsg_type, header->nlmsg_flags,
                       bytes.substr(sizeof *header, header->nlmsg_len - sizeof *header)});
    bytes = After(bytes, header->nlmsg_len);
  }
  return answers;
}

std::string NetlinkAttribute::Text() const {
  return std::string(value.substr(0, value.find('\0')));
}

std::vector<NetlinkAttribute> SplitAttributes(std::string_view bytes) {
  std::vector<NetlinkAttribute> attributes;
  while (const auto header = ReadFixed<nlattr>(bytes)) {
    if (header->nla_len < sizeof *header || header->nla_len > bytes.size()) break;
    attributes.push_back({static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK),
                          bytes.substr(sizeof *header, header->nla_len - sizeof *header)});
    bytes = After(bytes, header->nla_len);
  }
  return attributes;
}

NetlinkVerdict ReadVerdict(const NetlinkAnswer& answer) {
  const auto status = ReadFixed<std::uint32_t>(answer.payload);
  if (!status) return {answer.type == NLMSG_DONE ? 0 : EBADMSG, ""};
  NetlinkVerdict verdict{static_cast<int>(-*status), ""};  // the kernel's are negative
  const auto error = ReadFixed<nlmsgerr>(answer.payload);
  if (answer.type != NLMSG_ERROR || !error) return verdict;
  // The request stands between them, but for an acknowledgement, or where it was asked to be cut.
  const bool cut = (answer.flags & NLM_F_CAPPED) != 0 || error->msg.nlmsg_len < sizeof error->msg;
  const std::size_t request = cut ? 0 : error->msg.nlmsg_len - sizeof error->msg;
  if ((answer.flags & NLM_F_ACK_TLVS) == 0) return verdict;
  const std::string_view rest = After(answer.payload, sizeof *error + request);
  for (const NetlinkAttribute& attribute : SplitAttributes(rest))
    if (attribute.type == NLMSGERR_ATTR_MSG) verdict.words = attribute.Text();
  return verdict;
}

}  // namespace railhook
