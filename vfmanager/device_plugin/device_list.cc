#include "vfmanager/device_plugin/device_list.h"

#include <utility>

namespace railhook {

// One operation at a time: a write, or the end. gRPC calls back on threads of its own, never from
// within an operation's start.
class DeviceList::Listener final : public grpc::ServerWriteReactor<List> {
 public:
  explicit Listener(DeviceList& owner) : owner_(owner) {}

  // The rest is called with the owner's mutex held.
  void Tell(std::shared_ptr<const List> list) {
    next_ = std::move(list);
    Proceed();
  }
  void End() {
    ending_ = true;
    Proceed();
  }

 private:
  void Proceed() {
    if (busy_ || ended_) return;
    if (ending_) {
      ended_ = true;
      Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the device plugin stops"));
    } else if (next_) {
      busy_ = true;
      current_ = std::exchange(next_, nullptr);
      StartWrite(current_.get());
    }
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(owner_.mutex_);
    busy_ = false;
    ending_ |= !ok;
    Proceed();
  }

  void OnCancel() override {
    const std::lock_guard lock(owner_.mutex_);
    End();
  }

  void OnDone() override {
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.listeners_.erase(this);
      owner_.last_heard_ = Clock::now();
    }
    delete this;
  }

  DeviceList& owner_;
  std::shared_ptr<const List> next_;
  std::shared_ptr<const List> current_;
  bool busy_ = false;
  bool ending_ = false;
  bool ended_ = false;
};

DeviceList::DeviceList() : list_(std::make_shared<const List>()), last_heard_(Clock::now()) {}

void DeviceList::Set(List list) {
  auto made = std::make_shared<const List>(std::move(list));
  const std::lock_guard lock(mutex_);
  list_ = std::move(made);
  for (Listener* listener : listeners_) listener->Tell(list_);
}

grpc::ServerWriteReactor<DeviceList::List>* DeviceList::Listen() {
  auto* listener = new Listener(*this);  // deletes itself when its call is done
  const std::lock_guard lock(mutex_);
  listeners_.insert(listener);
  listener->Tell(list_);
  if (closed_) listener->End();
  return listener;
}

void DeviceList::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Listener* listener : listeners_) listener->End();
}

std::chrono::milliseconds DeviceList::Unheard() const {
  const std::lock_guard lock(mutex_);
  if (!listeners_.empty()) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - last_heard_);
}

}  // namespace railhook
