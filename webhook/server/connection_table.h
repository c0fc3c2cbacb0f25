#pragma once
// The connections of a server, over all of its loops: how many there may be, in all and from one
// address, and which of them goes when there are too many.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "webhook/server/connection_counts.h"
#include "webhook/server/peer_address.h"

namespace railhook {

using ConnectionId = std::uint64_t;

// Thread-safe. Outlives its tickets. No call takes longer with more connections, but for a search
// in a tree.
class ConnectionTable {
  enum class Standing {
    kNew,      // had no answer yet from a handler: part of a flood, for all that is known
    kResting,  // had one, and asks for nothing now
    kBusy,     // gets or had one, and is in the middle of something: never made to leave
    kLeaving,  // counts no more
  };
  struct Row {
    ConnectionId id;
    PeerAddress address;
    std::size_t loop;
    Standing standing = Standing::kNew;
    bool at_rest = false;
    std::uint64_t order = 0;  // in which it came to its standing
  };

  // Those of one standing.
  class Queue {
   public:
    void Add(Row& row) noexcept;  // ends the program where there is no memory for it
    void Remove(const Row& row);

    // Who has been in it for longest, of one address or (null) of all; null where there is nobody.
    Row* First(const PeerAddress* from) const;

    std::size_t size() const { return all_.size(); }

   private:
    std::map<std::uint64_t, Row*> all_;
    std::map<std::pair<PeerAddress, std::uint64_t>, Row*> by_address_;
  };

 public:
  struct Limits {
    std::size_t in_all;
    std::size_t from_one_address;
  };

  // A connection that must be cut, by the loop that it lives on.
  struct Leaver {
    ConnectionId id;
    std::size_t loop;
  };

  // One connection, for as long as the ticket lives.
  class Ticket {
   public:
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (row_) table_.Remove(*row_);
    }

    ConnectionId id() const { return row_->id; }

    // The peer gets an answer from a handler: it is a client, not a flood.
    void Prove();

    // Whether nothing is asked of it and it asks for nothing. It is not, at first.
    void SetAtRest(bool at_rest);

    // It ends soon.
    void Leave();

   private:
    friend class ConnectionTable;
    Ticket(ConnectionTable& table, std::unique_ptr<Row> row)
        : table_(table), row_(std::move(row)) {}

    ConnectionTable& table_;
    std::unique_ptr<Row> row_;  // null: moved away
  };

  // No ticket: there is no room, as all others are proven and busy.
  struct Admission {
    std::optional<Ticket> ticket;
    std::optional<Leaver> leaver;  // makes room for it
  };

  explicit ConnectionTable(Limits limits) : limits_(limits) {}

  // A new connection from `address`, to live on `loop`. Where a limit is reached, the oldest new
  // one leaves, or else the one that has rested for longest: of the same address where that is what
  // has too many.
  Admission Admit(const PeerAddress& address, std::size_t loop);

  // Has one leave although no limit is reached; nothing where none can.
  std::optional<Leaver> MakeRoom();

  // Those that are leaving included.
  std::size_t count() const;

  ConnectionCounts counts() const;

  // Waits until there is none, at most `patience`.
  void AwaitNone(std::chrono::milliseconds patience);

 private:
  Queue* QueueOf(Standing standing);
  std::optional<Leaver> LetLeave(const PeerAddress* from);
  std::size_t StayingFrom(const PeerAddress& address) const;
  void StopCounting(const Row& row);
  void Move(Row& row, Standing to);
  void Remove(Row& row);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  Queue new_;
  Queue resting_;
  std::size_t count_ = 0;
  std::size_t staying_ = 0;  // those that aren't leaving
  std::map<PeerAddress, std::size_t> staying_from_;
  ConnectionId next_id_ = 0;
  std::uint64_t next_order_ = 0;
  ConnectionCounts rejected_;  // only what there was no room for
};

}  // namespace railhook
