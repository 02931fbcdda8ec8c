#include <algorithm>

#include "tests/engine_folds/fake_log.h"
#include "tests/support/seeded_random.h"

using namespace laterbase;
using namespace laterbase::folds;
using folds::tests::Letters;
using folds::tests::Log;
using laterbase::tests::SeededRandom;

namespace {

// What a fold says, followed by its sink; a new one takes up where the old one was saved.
class Follower {
 public:
  Follower(Log& log, const FoldOptions& options) : log_(log), options_(options) { begin(); }

  void begin() {
    fold_ = std::make_unique<Fold>(std::make_shared<Letters>(), log_, options_);
    shown_.clear();
    at_ = 0;
  }
  void catch_up() {
    for (; at_ < log_.entries().size(); ++at_) fold_->apply(log_.entries()[at_]);
  }
  void flush() {
    catch_up();
    fold_->flush([this](const std::string& key, const std::string* json) {
      if (json != nullptr)
        shown_[key] = *json;
      else
        shown_.erase(key);
    });
  }
  void reopen() {
    flush();
    const std::string saved = fold_->save();
    REQUIRE_FALSE(saved.empty());
    const std::size_t at = at_;
    begin();
    REQUIRE(fold_->load(saved));
    at_ = at;
  }
  Fold& fold() { return *fold_; }
  const std::map<std::string, std::string>& shown() const { return shown_; }

 private:
  Log& log_;
  FoldOptions options_;
  std::unique_ptr<Fold> fold_;
  std::map<std::string, std::string> shown_;
  std::size_t at_ = 0;
};

Ulid moment(std::uint64_t ms, std::uint64_t low = 0) {
  Ulid key = Ulid::first_of(static_cast<std::int64_t>(ms));
  key.low = low;
  return key;
}

// States that the reducer threw about show nothing new until they are whole again.
void check(Follower& follower, const Log& log) {
  const auto wanted = from_scratch(log);
  bool in_trouble = wanted.thrown;
  for (const auto& [key, state] : wanted.states) {
    in_trouble |= state == "!";
    if (state != "!") CHECK(follower.shown().at(key) == state);
  }
  for (const auto& [key, state] : follower.shown()) CHECK(wanted.states.contains(key));
  CHECK(follower.fold().trouble().empty() == !in_trouble);
  CHECK(follower.fold().undecodable() == wanted.undecodable);
  CHECK(follower.fold().size() == wanted.states.size());
}

std::string random_value(Random& random) {
  std::string keys(1, static_cast<char>('a' + random.below(4)));
  if (random.one_in(5)) keys.append(1, ',').append(1, static_cast<char>('a' + random.below(4)));
  if (random.one_in(40)) return "no key at all";
  if (random.one_in(40)) keys.clear();
  std::string letters(1 + random.below(3), static_cast<char>('A' + random.below(26)));
  if (random.one_in(40)) letters += '!';
  if (random.one_in(200)) letters += '?';
  return keys + ':' + letters;
}

void random_entry(Log& log, Random& random, std::uint64_t& now) {
  now += random.below(3);
  std::uint64_t at = now;
  if (random.one_in(3)) at = now - std::min(now, random.below(20));
  if (random.one_in(20)) at = random.below(now + 1);
  if (random.one_in(15) && !log.map().empty()) {
    auto known = log.map().lower_bound(moment(at));
    if (known == log.map().end()) known = log.map().begin();
    log.append(known->first, random_value(random));
    return;
  }
  log.append(moment(at, random()), random_value(random), random.one_in(30));
}

}  // namespace

TEST_CASE("whatever order events come in, a fold is what their own order gives") {
  SeededRandom random;
  for (std::uint64_t run = 0; run < test_size(40, 4'000); ++run) {
    Log log;
    Follower follower(log, {1 + random().below(9)});
    std::uint64_t now = 1000;
    for (std::uint64_t step = 0; step < 300; ++step) {
      random_entry(log, random(), now);
      if (random().one_in(4)) follower.catch_up();
      if (random().one_in(10)) {
        follower.flush();
        check(follower, log);
      }
      if (random().one_in(60)) follower.reopen();
    }
    follower.flush();
    check(follower, log);
    follower.begin();
    follower.flush();
    check(follower, log);
  }
}

TEST_CASE("a state as of another moment is what the events until then give") {
  SeededRandom random;
  for (std::uint64_t run = 0; run < test_size(40, 4'000); ++run) {
    Log log;
    Follower follower(log, {1 + random().below(9)});
    std::uint64_t now = 1000;
    for (std::uint64_t step = 0; step < 200; ++step) {
      random_entry(log, random(), now);
      if (!random().one_in(10)) continue;
      follower.flush();
      if (random().one_in(8)) follower.reopen(), follower.flush();
      if (!follower.fold().knows_whose()) continue;
      const Ulid until = Ulid::last_of(static_cast<std::int64_t>(random().below(now + 5)));
      const auto wanted = from_scratch(log, until);
      for (const char* key : {"a", "b", "c", "d"}) {
        const auto state = wanted.states.find(key);
        CAPTURE(key, until.text());
        if (state == wanted.states.end())
          CHECK_FALSE(follower.fold().show_at(key, until));
        else if (state->second == "!")
          CHECK_THROWS(follower.fold().show_at(key, until));
        else
          CHECK(follower.fold().show_at(key, until) == state->second);
      }
    }
  }
}

TEST_CASE("a state of yesterday folds what is between yesterday and the copy before it") {
  constexpr std::uint64_t events = 20'000, distance = 16;
  Log log;
  Follower follower(log, {distance});
  for (std::uint64_t i = 0; i < events; ++i) log.append(moment(1000 + i), "a:x");
  follower.flush();
  for (const std::uint64_t ago : {1U, 10U, 100U, 1'000U, 5'000U}) {
    const std::uint64_t before = log.events_read();
    CHECK(follower.fold().show_at("a", moment(1000 + events - ago - 1)).has_value());
    CHECK(log.events_read() - before <= 2 * ago + 2 * distance);
  }
}

TEST_CASE("a backdated event folds again no more than twice what is later") {
  constexpr std::uint64_t events = 20'000, distance = 16;
  Log log;
  Follower follower(log, {distance});
  for (std::uint64_t i = 0; i < events; ++i) log.append(moment(1000 + i), "a:x");
  follower.flush();
  CHECK(follower.fold().applied() == events);
  CHECK(follower.fold().copies("a") <= 2 * 16);

  SeededRandom random;
  std::uint64_t later = 0;
  for (std::uint64_t i = 0; i < 60; ++i) {
    // Depths of all magnitudes.
    later = std::min<std::uint64_t>(std::uint64_t{1} << random().below(15), events - 1);
    const std::uint64_t before = follower.fold().applied();
    auto place = std::prev(log.map().end(), static_cast<std::ptrdiff_t>(later));
    Ulid key = std::prev(place)->first;
    key.low += 1 + random().below(1'000'000);
    if (log.map().contains(key)) continue;
    log.append(key, "a:y");
    later = static_cast<std::uint64_t>(std::distance(log.map().upper_bound(key), log.map().end()));
    follower.flush();
    CAPTURE(later);
    CHECK(follower.fold().applied() - before <= 2 * later + 2 * distance);
    CHECK(follower.fold().applied() - before > later);
  }
  check(follower, log);
}

TEST_CASE("what is backdated together is folded again once") {
  constexpr std::uint64_t events = 4'000;
  Log log;
  Follower follower(log, {64});
  for (std::uint64_t i = 0; i < events; ++i) log.append(moment(10'000 + i), "a:x");
  follower.flush();
  for (std::uint64_t i = 0; i < 500; ++i) log.append(moment(5'000 + i), "a:y");
  follower.flush();
  CHECK(follower.fold().applied() == events + events + 500);
  check(follower, log);
}

TEST_CASE("another state's events are neither read nor folded again") {
  Log log;
  Follower follower(log, {64});
  for (std::uint64_t i = 0; i < 1'000; ++i) log.append(moment(1000 + i), i % 100 == 0 ? "rare:x" : "a:x");
  follower.flush();
  const std::uint64_t before = follower.fold().applied();
  log.append(moment(1), "rare:first");
  follower.flush();
  CHECK(follower.fold().applied() - before == 11);
  check(follower, log);
}

TEST_CASE("a reducer that throws is given another chance by what comes before") {
  Log log;
  Follower follower(log, {4});
  log.append(moment(10), "a:x");
  log.append(moment(20), "a:y!");  // "a>x" has three letters: fine
  follower.flush();
  CHECK(follower.fold().trouble().empty());
  log.append(moment(5), "a:z");  // "a>zx" has four
  follower.flush();
  CHECK_THAT(follower.fold().trouble(), Catch::Contains("even") && Catch::Contains("\"a\""));
  const std::uint64_t before = follower.fold().applied();
  log.append(moment(30), "a:w");
  log.append(moment(31), "b:w");
  follower.flush();
  CHECK(follower.fold().applied() - before == 1);  // b's
  CHECK(follower.shown().at("b") == "b>w");
  log.append(moment(6), "a:z");
  follower.flush();
  CHECK(follower.fold().trouble().empty());
  CHECK(follower.shown().at("a") == "a>zzxy!w");
}

TEST_CASE("states that other code saved, or that are damaged, are not taken") {
  Log log;
  Follower follower(log, {4});
  for (std::uint64_t i = 0; i < 300; ++i) log.append(moment(100 + i * 7 % 300), i % 2 == 0 ? "a:x" : "b:y");
  follower.flush();
  const std::string saved = follower.fold().save();
  Fold other(std::make_shared<Letters>(2), log);
  CHECK_FALSE(other.load(saved));
  CHECK(other.size() == 0);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    Fold cut(std::make_shared<Letters>(), log);
    CHECK_FALSE(cut.load(std::string_view(saved).substr(0, size)));
    CHECK(cut.size() == 0);
  }
}
