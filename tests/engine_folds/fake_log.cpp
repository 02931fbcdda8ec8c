#include "tests/engine_folds/fake_log.h"

#include <set>

namespace laterbase::folds::tests {
namespace {

struct Text : State {
  std::string letters;
};

struct Read : Input {
  std::string_view keys, letters;
};

}  // namespace

const Event& Log::append(const Ulid& key, const std::string& value, bool aside) {
  values_.push_back(std::make_unique<std::string>(value));
  Event event;
  event.key = key;
  event.lc = entries_.size() + 1;
  event.value = *values_.back();
  event.aside = aside;
  if (!aside) {
    Lc& place = map_[key];
    event.replaces = place;
    place = event.lc;
  }
  entries_.push_back(event);
  return entries_.back();
}

void Log::keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) {
  for (const Lc lc : positions) visit(entries_.at(lc - 1).key);
}

void Log::events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) {
  for (const Lc lc : positions) {
    ++events_read_;
    if (!visit(entries_.at(lc - 1))) return;
  }
}

std::unique_ptr<Input> Letters::read(const Event& event) const {
  const std::size_t colon = event.value.find(':');
  if (colon == std::string_view::npos) throw Undecodable("no colon");
  auto read = std::make_unique<Read>();
  read->keys = event.value.substr(0, colon);
  read->letters = event.value.substr(colon + 1);
  return read;
}

std::vector<std::string> Letters::keys_of(const Input& input) const {
  const auto& read = static_cast<const Read&>(input);
  if (read.letters.ends_with('?')) throw std::runtime_error("a question");
  std::vector<std::string> keys;
  std::string_view rest = read.keys;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    keys.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return keys;
}

std::unique_ptr<State> Letters::initial(const std::string& key) const {
  auto text = std::make_unique<Text>();
  text->letters = key + ">";
  return text;
}

std::unique_ptr<State> Letters::copy(const State& state) const {
  return std::make_unique<Text>(static_cast<const Text&>(state));
}

void Letters::apply(State& state, const std::string&, const Input& input) const {
  const auto& read = static_cast<const Read&>(input);
  std::string& letters = static_cast<Text&>(state).letters;
  const bool even = letters.size() % 2 == 0;
  letters += read.letters;
  if (read.letters.ends_with('!') && even) throw std::runtime_error("even");
}

std::string Letters::show(const State& state) const { return static_cast<const Text&>(state).letters; }

std::unique_ptr<State> Letters::load(std::string_view bytes) const {
  auto text = std::make_unique<Text>();
  text->letters = bytes;
  return text;
}

Answer from_scratch(const Log& log, const Ulid& until) {
  const Letters letters;
  Answer answer;
  std::map<std::string, std::unique_ptr<State>> states;
  for (const auto& [ulid, lc] : log.map()) {
    if (ulid > until) break;
    try {
      const auto input = letters.read(log.entries()[lc - 1]);
      const auto named = letters.keys_of(*input);
      for (const std::string& key : std::set<std::string>(named.begin(), named.end())) {
        auto& state = states.try_emplace(key, letters.initial(key)).first->second;
        if (!state) continue;
        try {
          letters.apply(*state, key, *input);
        } catch (const std::runtime_error&) {
          state.reset();
        }
      }
    } catch (const Undecodable&) {
      ++answer.undecodable;
    } catch (const std::runtime_error&) {
      answer.thrown = true;
    }
  }
  for (const auto& [key, state] : states) answer.states[key] = state ? letters.show(*state) : "!";
  return answer;
}

}  // namespace laterbase::folds::tests
