#pragma once

#include <deque>
#include <string>

#include "engine/base/invariant.h"
#include "engine/base/log.h"
#include "views/session.h"

// A database's tables and views over a log in memory: what strangers' texts are tried on.
namespace laterbase::fuzz {

class SmallEngine : views::LogReader {
 public:
  SmallEngine() { engine_.finish_loading(); }

  views::Engine& engine() noexcept { return engine_; }

  void add(const std::string& value) {
    log_.push_back(value);
    engine_.follow(log_.size());
  }
  void run(const std::string& statements) {
    views::Session session(engine_, Ulid{1, log_.size()}, {});
    LATERBASE_INVARIANT(session.run(statements, {}).has_value(), "these are right");
    const auto events = session.events();
    for (const std::string& event : events) log_.push_back(event);
  }
  // What run() wrote is seen once its session is over.
  void catch_up() { engine_.follow(log_.size()); }
  const std::deque<std::string>& log() const noexcept { return log_; }

 private:
  void read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) override {
    for (Lc lc = after + 1; lc <= until; ++lc) {
      Event event;
      event.key = Ulid{(lc * 7 % 1'000) << 16, lc};  // not in the order of arrival
      if (lc <= 4) event.key = Ulid{lc, lc};
      event.lc = lc;
      event.value = log_[lc - 1];
      event.is_json = true;
      if (!visit(event)) return;
    }
  }

  std::deque<std::string> log_;
  views::Engine engine_{*this};
};

// With some rows and views in it.
inline void fill(SmallEngine& small) {
  const char* const statements[] = {
      "TABLE t (id BIGINT = 1 PRIMARY KEY, s TEXT = 2, n NUMERIC = 3, c BIGINT = 4 COUNTER, e TEXT[] = 5 SET, "
      "j JSONB = 6, w TIMESTAMPTZ = 7, m BIGINT = 8 MAX, d DOUBLE = 9) STRICT; CREATE TABLE u (a BIGINT, b TEXT)",
      "CREATE MATERIALIZED VIEW v AS SELECT b, count(*) AS n, sum(a) AS s FROM u GROUP BY b",
      "INSERT INTO t VALUES (1, 'a', 1.50, 2, '{x,y}', '{\"k\": [1, \"z\"]}', '2024-02-29', 3, 0.5), "
      "(2, NULL, NULL, 0, '{}', NULL, NULL, NULL, 'NaN'); INSERT INTO u VALUES (1, 'a'), (2, 'b'), (NULL, 'a')",
  };
  for (const char* one : statements) {
    small.run(one);
    small.catch_up();
  }
}

// The one that a fuzzer's inputs are tried on, in silence.
inline SmallEngine& filled_engine() {
  static SmallEngine& small = []() -> SmallEngine& {
    log::set_level(log::Level::off);
    auto* made = new SmallEngine;
    fill(*made);
    return *made;
  }();
  return small;
}

}  // namespace laterbase::fuzz
