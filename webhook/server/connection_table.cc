#include "webhook/server/connection_table.h"

namespace railhook {

void ConnectionTable::Queue::Add(Row& row) noexcept {
  all_.emplace(row.order, &row);
  by_address_.emplace(std::pair(row.address, row.order), &row);
}

void ConnectionTable::Queue::Remove(const Row& row) {
  all_.erase(row.order);
  by_address_.erase({row.address, row.order});
}

ConnectionTable::Row* ConnectionTable::Queue::First(const PeerAddress* from) const {
  if (from == nullptr) return all_.empty() ? nullptr : all_.begin()->second;
  const auto first = by_address_.lower_bound({*from, 0});
  return first != by_address_.end() && first->first.first == *from ? first->second : nullptr;
}

void ConnectionTable::Ticket::Prove() {
  const std::lock_guard lock(table_.mutex_);
  if (row_->standing != Standing::kNew) return;
  table_.Move(*row_, row_->at_rest ? Standing::kResting : Standing::kBusy);
}

void ConnectionTable::Ticket::SetAtRest(bool at_rest) {
  const std::lock_guard lock(table_.mutex_);
  row_->at_rest = at_rest;
  if (row_->standing == Standing::kNew) return;
  table_.Move(*row_, at_rest ? Standing::kResting : Standing::kBusy);
}

void ConnectionTable::Ticket::Leave() {
  const std::lock_guard lock(table_.mutex_);
  table_.Move(*row_, Standing::kLeaving);
}

ConnectionTable::Admission ConnectionTable::Admit(const PeerAddress& address, std::size_t loop) {
  const std::lock_guard lock(mutex_);
  std::optional<Leaver> leaver;
  const bool address_is_full = StayingFrom(address) >= limits_.from_one_address;
  if (address_is_full || staying_ >= limits_.in_all) {
    ++(address_is_full ? rejected_.over_address_limit : rejected_.over_limit);
    leaver = LetLeave(address_is_full ? &address : nullptr);
    if (!leaver) return {};
  }
  auto row = std::make_unique<Row>(
      Row{.id = next_id_++, .address = address, .loop = loop, .order = next_order_++});
  new_.Add(*row);
  ++count_;
  ++staying_;
  ++staying_from_[address];
  return {Ticket(*this, std::move(row)), leaver};
}

std::optional<ConnectionTable::Leaver> ConnectionTable::MakeRoom() {
  const std::lock_guard lock(mutex_);
  const auto leaver = LetLeave(nullptr);
  rejected_.over_descriptors += leaver.has_value();
  return leaver;
}

std::size_t ConnectionTable::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

ConnectionCounts ConnectionTable::counts() const {
  const std::lock_guard lock(mutex_);
  ConnectionCounts counts = rejected_;
  counts.unproven = new_.size();
  counts.idle = resting_.size();
  counts.busy = staying_ - counts.unproven - counts.idle;
  counts.leaving = count_ - staying_;
  return counts;
}

void ConnectionTable::AwaitNone(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  none_.wait_for(lock, patience, [this] { return count_ == 0; });
}

// Null: nobody in this standing can be made to leave.
ConnectionTable::Queue* ConnectionTable::QueueOf(Standing standing) {
  if (standing == Standing::kNew) return &new_;
  return standing == Standing::kResting ? &resting_ : nullptr;
}

// `from`: null for any address.
std::optional<ConnectionTable::Leaver> ConnectionTable::LetLeave(const PeerAddress* from) {
  Row* row = new_.First(from);
  if (row == nullptr) row = resting_.First(from);
  if (row == nullptr) return std::nullopt;
  Move(*row, Standing::kLeaving);
  return Leaver{row->id, row->loop};
}

std::size_t ConnectionTable::StayingFrom(const PeerAddress& address) const {
  const auto found = staying_from_.find(address);
  return found == staying_from_.end() ? 0 : found->second;
}

void ConnectionTable::StopCounting(const Row& row) {
  --staying_;
  const auto found = staying_from_.find(row.address);
  if (--found->second == 0) staying_from_.erase(found);
}

// Whoever leaves never comes back.
void ConnectionTable::Move(Row& row, Standing to) {
  if (row.standing == to || row.standing == Standing::kLeaving) return;
  if (auto* queue = QueueOf(row.standing)) queue->Remove(row);
  row.standing = to;
  row.order = next_order_++;
  if (auto* queue = QueueOf(to)) queue->Add(row);
  if (to == Standing::kLeaving) StopCounting(row);
}

void ConnectionTable::Remove(Row& row) {
  const std::lock_guard lock(mutex_);
  Move(row, Standing::kLeaving);
  if (--count_ == 0) none_.notify_all();
}

}  // namespace railhook
