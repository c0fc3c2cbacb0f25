#include "webhook/server/connection_table.h"

#include <algorithm>
#include <iterator>

namespace railhook {

void ConnectionTable::Ticket::Prove() {
  const std::lock_guard lock(table_->mutex_);
  if (row_->queue == Queue::kNew) {
    table_->Move(row_, row_->at_rest ? Queue::kResting : Queue::kBusy);
  }
}

void ConnectionTable::Ticket::SetAtRest(bool at_rest) {
  const std::lock_guard lock(table_->mutex_);
  row_->at_rest = at_rest;
  if (row_->IsProven()) table_->Move(row_, at_rest ? Queue::kResting : Queue::kBusy);
}

void ConnectionTable::Ticket::Leave() {
  const std::lock_guard lock(table_->mutex_);
  table_->Move(row_, Queue::kLeaving);
}

ConnectionTable::Admission ConnectionTable::Admit(const PeerAddress& address, std::size_t loop) {
  const std::lock_guard lock(mutex_);
  std::optional<Leaver> leaver;
  const bool address_is_full = StayingFrom(address) >= limits_.from_one_address;
  if (address_is_full || staying_ >= limits_.in_all) {
    leaver = LetLeave(address_is_full ? &address : nullptr);
    if (!leaver) return {};
  }
  Rows& fresh = In(Queue::kNew);
  fresh.push_back({.id = next_id_++, .address = address, .loop = loop});
  ++staying_;
  ++staying_from_[address];
  return {Ticket(*this, std::prev(fresh.end())), leaver};
}

std::optional<ConnectionTable::Leaver> ConnectionTable::MakeRoom() {
  const std::lock_guard lock(mutex_);
  return LetLeave(nullptr);
}

std::size_t ConnectionTable::count() const {
  const std::lock_guard lock(mutex_);
  return Count();
}

void ConnectionTable::AwaitNone(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  none_.wait_for(lock, patience, [this] { return Count() == 0; });
}

// `from`: null for any address.
std::optional<ConnectionTable::Leaver> ConnectionTable::LetLeave(const PeerAddress* from) {
  for (const auto queue : {Queue::kNew, Queue::kResting}) {
    Rows& rows = In(queue);
    const auto row = std::find_if(rows.begin(), rows.end(), [from](const Row& candidate) {
      return from == nullptr || candidate.address == *from;
    });
    if (row == rows.end()) continue;
    Move(row, Queue::kLeaving);
    return Leaver{row->id, row->loop};
  }
  return std::nullopt;
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

void ConnectionTable::Move(Rows::iterator row, Queue to) {
  if (row->queue == to) return;
  if (to == Queue::kLeaving) StopCounting(*row);
  Rows& target = In(to);
  target.splice(target.end(), In(row->queue), row);
  row->queue = to;
}

void ConnectionTable::Remove(Rows::iterator row) {
  const std::lock_guard lock(mutex_);
  Move(row, Queue::kLeaving);
  In(Queue::kLeaving).erase(row);
  if (Count() == 0) none_.notify_all();
}

}  // namespace railhook
