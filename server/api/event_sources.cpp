#include "server/api/event_sources.h"

#include <algorithm>

#include "server/api/event_text.h"

namespace laterbase::api {
namespace {

// What all pages share: brackets, commas, and stopping when a part is full.
class PageSource : public http::Source {
 public:
  PageSource(std::shared_ptr<Root> root, PageFormat format) : root_(std::move(root)), format_(format) {}

  Step fill(std::string& out) final {
    if (!begun_) {
      begun_ = true;
      if (format_ == PageFormat::json) open(out);
    }
    if (!more_events(out)) return Step::more;
    if (format_ == PageFormat::json) close(out);
    return Step::end;
  }

 protected:
  virtual void open(std::string& out) { out += "{\"events\":["; }
  // Appends events until the part is full (false) or there are none left (true).
  virtual bool more_events(std::string& out) = 0;
  virtual void close(std::string& out) { out += "]}\n"; }

  static bool full(const std::string& out) noexcept { return out.size() >= part_bytes; }

  void put(std::string& out, const Event& event) {
    if (format_ == PageFormat::json) {
      if (any_) out += ",\n";
      append_event(out, event, false);
    } else {
      append_event(out, event, true);
      out += '\n';
    }
    any_ = true;
  }

  std::shared_ptr<Root> root_;

 private:
  PageFormat format_;
  bool begun_ = false;
  bool any_ = false;
};

class LogSource : public PageSource {
 public:
  LogSource(std::shared_ptr<Root> root, const LogPage& page, PageFormat format)
      : PageSource(std::move(root), format), page_(page), at_(page.after) {}

 private:
  void open(std::string& out) override {
    out += "{\"lc\":";
    append_number(out, page_.until);
    out.append(",\"more\":").append(page_.more ? "true" : "false").append(",\"epoch\":\"");
    append_ulid(out, page_.epoch);
    out += "\",\"events\":[";
  }

  bool more_events(std::string& out) override {
    if (at_ >= page_.until) return true;
    Snapshot snapshot = root_->snapshot();
    if (snapshot.epoch() != page_.epoch) throw Failure(FailureCode::closed, "The log has begun a new epoch.");
    return page_.order_by_key ? by_key(snapshot, out) : by_position(snapshot, out);
  }

  bool by_position(Snapshot& snapshot, std::string& out) {
    const auto scan = snapshot.log(at_, page_.until);
    while (const auto event = scan->next()) {
      if (!event->aside) put(out, *event);
      at_ = event->lc;
      if (full(out)) break;
    }
    return at_ >= page_.until;
  }

  bool by_key(Snapshot& snapshot, std::string& out) {
    if (!sorted_) sort(snapshot);
    while (next_ < order_.size() && !full(out)) {
      const auto event = snapshot.at(order_[next_].second);
      if (!event) throw Failure(FailureCode::damaged, "A position of the log is missing.");
      put(out, *event);
      ++next_;
    }
    if (next_ == order_.size()) at_ = page_.until;
    return at_ >= page_.until;
  }

  void sort(Snapshot& snapshot) {
    sorted_ = true;
    order_.reserve(page_.until - page_.after);
    for (Lc lc = page_.after + 1; lc <= page_.until; ++lc) {
      const auto key = snapshot.key_at(lc);
      if (!key) throw Failure(FailureCode::damaged, "A position of the log is missing.");
      if (!snapshot.aside_at(lc)) order_.emplace_back(*key, lc);
    }
    if (!std::is_sorted(order_.begin(), order_.end())) std::sort(order_.begin(), order_.end());
  }

  LogPage page_;
  Lc at_;
  std::vector<std::pair<Ulid, Lc>> order_;
  bool sorted_ = false;
  std::size_t next_ = 0;
};

class RangeSource : public PageSource {
 public:
  RangeSource(std::shared_ptr<Root> root, const RangePage& page, PageFormat format)
      : PageSource(std::move(root), format), from_(page.from), to_(page.to), left_(page.limit) {}

 private:
  bool more_events(std::string& out) override {
    Snapshot snapshot = root_->snapshot();
    const auto scan = snapshot.range(from_, to_);
    for (;;) {
      const auto event = scan->next();
      if (!event) return true;
      if (left_ == 0) {
        next_ = event->key;
        return true;
      }
      if (full(out)) return false;
      put(out, *event);
      --left_;
      if (event->key == Ulid::greatest()) return true;
      from_ = event->key.next();
    }
  }

  void close(std::string& out) override {
    out += "],\"next\":";
    if (next_) {
      out += '"';
      append_ulid(out, *next_);
      out += "\"}\n";
    } else {
      out += "null}\n";
    }
  }

  Ulid from_, to_;
  std::uint64_t left_;
  std::optional<Ulid> next_;
};

class KeysSource : public PageSource {
 public:
  KeysSource(std::shared_ptr<Root> root, std::vector<Ulid> keys, PageFormat format)
      : PageSource(std::move(root), format), keys_(std::move(keys)) {}

 private:
  bool more_events(std::string& out) override {
    Snapshot snapshot = root_->snapshot();
    for (; next_ < keys_.size(); ++next_) {
      if (full(out)) return false;
      if (const auto event = snapshot.find(keys_[next_]))
        put(out, *event);
      else
        missing_.push_back(keys_[next_]);
    }
    return true;
  }

  void close(std::string& out) override {
    out += "],\"missing\":[";
    for (std::size_t i = 0; i < missing_.size(); ++i) {
      out += i == 0 ? "\"" : ",\"";
      append_ulid(out, missing_[i]);
      out += '"';
    }
    out += "]}\n";
  }

  std::vector<Ulid> keys_, missing_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<http::Source> log_source(std::shared_ptr<Root> root, const LogPage& page, PageFormat format) {
  return std::make_unique<LogSource>(std::move(root), page, format);
}

std::unique_ptr<http::Source> range_source(std::shared_ptr<Root> root, const RangePage& page, PageFormat format) {
  return std::make_unique<RangeSource>(std::move(root), page, format);
}

std::unique_ptr<http::Source> keys_source(std::shared_ptr<Root> root, std::vector<Ulid> keys, PageFormat format) {
  return std::make_unique<KeysSource>(std::move(root), std::move(keys), format);
}

}  // namespace laterbase::api
