#include "server/api/live_source.h"

#include "server/api/event_text.h"
#include "server/http/problem.h"

namespace laterbase::api {
namespace {

class EventStream : public http::LiveSource {
 public:
  EventStream(std::shared_ptr<Watcher> watcher, const LiveStart& start, std::atomic<std::uint64_t>& count)
      : watcher_(std::move(watcher)), epoch_(start.epoch), at_(start.after), left_(start.limit), count_(count) {}

  ~EventStream() override {
    detach();
    count_.fetch_sub(1);
  }

  Step fill(std::string& out) override {
    if (!begun_) {
      begun_ = true;
      out += "retry: 1000\n\n";
    }
    if (watcher_->gone()) {
      out += "event: error\ndata: " +
             http::problem_json(http::problems::gone, "This node's replica of the database was dropped.") + "\n\n";
      return Step::end;
    }
    Snapshot snapshot = watcher_->root().snapshot();
    if (snapshot.epoch() != epoch_) throw Failure(FailureCode::closed, "The log has begun a new epoch.");
    const Lc head = snapshot.head();
    if (at_ >= head) return left_ == 0 ? Step::end : Step::wait;
    const auto scan = snapshot.log(at_, head);
    while (out.size() < part_bytes && left_ != 0) {
      const auto event = scan->next();
      if (!event) break;
      at_ = event->lc;
      if (!event->aside) put(out, *event);
    }
    if (left_ == 0) return Step::end;
    return at_ < head ? Step::more : Step::wait;
  }

  void attach(http::Wakeup& wakeup) override {
    wakeup_ = &wakeup;
    watcher_->add(wakeup);
  }
  void detach() noexcept override {
    if (wakeup_ != nullptr) watcher_->remove(*wakeup_);
    wakeup_ = nullptr;
  }
  bool ready() override { return watcher_->gone() || watcher_->root().head() > at_; }
  void heartbeat(std::string& out) override { out += ": still here\n\n"; }

  void farewell(Why why, std::string& out) override {
    out += "event: error\ndata: ";
    const std::string cursor = clock_text(epoch_, at_);
    const auto say = [&](std::string_view detail) {
      out += http::problem_json(http::problems::unavailable, detail, {{"last_event_id", cursor}});
    };
    switch (why) {
      case Why::draining:
        say("This node is going down; connect again with Last-Event-ID to go on.");
        break;
      case Why::too_slow:
        say("You fell too far behind; connect again with Last-Event-ID to go on.");
        break;
      case Why::failed:
        say("The log can't be read on; connect again with Last-Event-ID to go on.");
        break;
    }
    out += "\n\n";
  }

 private:
  void put(std::string& out, const Event& event) {
    out += "id: ";
    append_ulid(out, epoch_);
    out += ':';
    append_number(out, event.lc);
    out += "\ndata: ";
    append_event(out, event, true);
    out += "\n\n";
    if (left_) --*left_;
  }

  std::shared_ptr<Watcher> watcher_;
  Ulid epoch_;
  Lc at_;
  std::optional<std::uint64_t> left_;
  std::atomic<std::uint64_t>& count_;
  http::Wakeup* wakeup_ = nullptr;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<http::LiveSource> live_source(std::shared_ptr<Watcher> watcher, const LiveStart& start,
                                              std::atomic<std::uint64_t>& count) {
  return std::make_unique<EventStream>(std::move(watcher), start, count);
}

}  // namespace laterbase::api
