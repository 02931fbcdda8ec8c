#include "engine/folds/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/json_text.h"

namespace laterbase::folds {
namespace {

constexpr std::size_t longest_key = 400;  // bytes, as a table's subjects

// What was thrown, in words.
std::string words_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& trouble) {
    return find_bad_utf8(trouble.what()) ? "words that are not UTF-8" : trouble.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

void check_keys(std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (key.size() > longest_key) throw Undecodable(fmt::format("its key is longer than {} bytes", longest_key));
    if (find_bad_utf8(key) || key.find('\0') != std::string::npos)
      throw Undecodable("its key is no text: it is not UTF-8, or has a zero in it");
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

void Fold::Listed::add(const Event& event, std::string reason) {
  ++count;
  if (first.size() < most_listed) first.emplace(event.lc, PassedOver{event.lc, event.key, std::move(reason)});
}

void Fold::Listed::take_back(Lc lc) {
  if (count > 0) --count;
  first.erase(lc);
}

// Null where the event is passed over, which is noted; `again`: it is taken back.
std::unique_ptr<Input> Fold::read(const Event& event, std::vector<std::string>& keys, bool again) {
  try {
    auto input = reducer_->read(event);
    keys = reducer_->keys_of(*input);
    check_keys(keys);
    return input;
  } catch (const Undecodable& trouble) {
    again ? undecodable_.take_back(event.lc) : undecodable_.add(event, trouble.what());
  } catch (...) {
    again ? thrown_.take_back(event.lc) : thrown_.add(event, words_of(std::current_exception()));
  }
  return nullptr;
}

void Fold::apply(const Event& event) {
  if (event.replaces != 0) take_back(event.replaces);
  if (event.aside) return;
  std::vector<std::string> keys;
  const auto input = read(event, keys, false);
  if (!input) return;
  for (const std::string& key : keys) insert(key, event, *input);
}

void Fold::take_back(Lc lc) {
  source_.events({&lc, 1}, [&](const Event& event) {
    std::vector<std::string> keys;
    if (!read(event, keys, true)) return true;
    for (const std::string& key : keys) {
      const auto found = states_.find(key);
      if (found == states_.end() || !found->second.positions.remove(lc)) continue;
      change_from(*found, event.key);
    }
    return true;
  });
}

void Fold::touch(States::value_type& entry) {
  if (!std::exchange(entry.second.touched, true)) touched_.push_back(&entry);
}

void Fold::change_from(States::value_type& entry, const Ulid& key) {
  Keyed& keyed = entry.second;
  touch(entry);
  if (!keyed.trouble.empty() && key > keyed.trouble_at) return;  // it would fail at the same event again
  keyed.changed_from = keyed.changed_from ? std::min(*keyed.changed_from, key) : key;
}

void Fold::insert(const std::string& key, const Event& event, const Input& input) {
  auto& entry = *states_.try_emplace(key).first;
  Keyed& keyed = entry.second;
  keyed.positions.add(event.lc, event.key);
  touch(entry);
  const bool is_next = keyed.count == 0 || event.key > keyed.upto;
  const bool is_whole = !keyed.changed_from && keyed.trouble.empty() && keyed.count + 1 == keyed.positions.size();
  if (!is_next || !is_whole) return change_from(entry, event.key);
  if (keyed.count == 0 && !begin_again(entry)) return;
  fold_in(entry, event.key, input);
}

void Fold::fail(Keyed& keyed, const Ulid& at, std::string why) {
  keyed.trouble = std::move(why);
  keyed.trouble_at = at;
  keyed.state.reset();  // the reducer may have left it half done
}

// False where the reducer threw.
bool Fold::fold_in(States::value_type& entry, const Ulid& at, const Input& input) {
  auto& [key, keyed] = entry;
  ++applied_;
  try {
    reducer_->apply(*keyed.state, key, input);
    keyed.upto = at;
    ++keyed.count;
    if (keyed.count % options_.copy_distance == 0) keep_copy(keyed);
    return true;
  } catch (...) {
    fail(keyed, at, words_of(std::current_exception()));
    return false;
  }
}

void Fold::keep_copy(Keyed& keyed) {
  keyed.copies.push_back({keyed.upto, keyed.count, reducer_->copy(*keyed.state)});
  thin_out(keyed);
}

// A copy may go where the one before it is not much further back than what lies behind the next one.
void Fold::thin_out(Keyed& keyed) const {
  auto& copies = keyed.copies;
  for (std::size_t i = copies.size(); i-- > 0;) {
    if (i + 1 >= copies.size()) continue;
    const std::uint64_t before = i == 0 ? 0 : copies[i - 1].count;
    const std::uint64_t behind = keyed.count - copies[i + 1].count;
    if (keyed.count - before <= 2 * behind + options_.copy_distance)
      copies.erase(copies.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// The state as it was before changed_from, or a new one. False where the reducer threw.
bool Fold::begin_again(States::value_type& entry) {
  auto& [key, keyed] = entry;
  auto& copies = keyed.copies;
  while (!copies.empty() && keyed.changed_from && copies.back().upto >= *keyed.changed_from) copies.pop_back();
  keyed.count = copies.empty() ? 0 : copies.back().count;
  keyed.upto = copies.empty() ? Ulid{} : copies.back().upto;
  try {
    keyed.state = copies.empty() ? reducer_->initial(key) : reducer_->copy(*copies.back().state);
    return true;
  } catch (...) {
    fail(keyed, keyed.upto, words_of(std::current_exception()));
    return false;
  }
}

// The positions of the events after one key and up to another, in the order of their keys.
std::vector<Lc> Fold::positions_between(const Positions& all, const Ulid* after, const Ulid* until) const {
  std::vector<Lc> positions;
  all.collect(after, until, positions);
  std::vector<std::pair<Ulid, Lc>> places;
  std::size_t next = 0;
  source_.keys(positions, [&](const Ulid& key) {
    const Lc lc = positions[next++];
    if ((after == nullptr || key > *after) && (until == nullptr || key <= *until)) places.emplace_back(key, lc);
  });
  std::sort(places.begin(), places.end());
  positions.clear();
  for (const auto& [key, lc] : places) positions.push_back(lc);
  return positions;
}

void Fold::fold_again(States::value_type& entry) {
  Keyed& keyed = entry.second;
  keyed.trouble.clear();
  if (!begin_again(entry)) {
    keyed.changed_from.reset();
    return;
  }
  const auto positions = positions_between(keyed.positions, keyed.count == 0 ? nullptr : &keyed.upto, nullptr);
  source_.events(positions, [&](const Event& event) {
    std::unique_ptr<Input> input;
    try {
      input = reducer_->read(event);
    } catch (...) {
      return fail(keyed, event.key, words_of(std::current_exception())), false;
    }
    return fold_in(entry, event.key, *input);
  });
  keyed.changed_from.reset();
}

std::optional<std::string> Fold::show_at(const std::string& key, const Ulid& until) const {
  const auto found = states_.find(key);
  if (found == states_.end()) return std::nullopt;
  const Keyed& keyed = found->second;
  if (keyed.state && keyed.upto <= until) return reducer_->show(*keyed.state);
  const auto later =
      std::find_if(keyed.copies.begin(), keyed.copies.end(), [&](const Copy& copy) { return copy.upto > until; });
  const Copy* copy = later == keyed.copies.begin() ? nullptr : &*std::prev(later);
  const auto positions = positions_between(keyed.positions, copy == nullptr ? nullptr : &copy->upto, &until);
  if (copy == nullptr && positions.empty()) return std::nullopt;
  const auto state = copy == nullptr ? reducer_->initial(key) : reducer_->copy(*copy->state);
  source_.events(positions, [&](const Event& event) {
    reducer_->apply(*state, key, *reducer_->read(event));
    return true;
  });
  return reducer_->show(*state);
}

void Fold::show(States::value_type& entry, const FoldSink& sink) {
  auto& [key, keyed] = entry;
  if (!keyed.trouble.empty()) return;
  try {
    const std::string json = reducer_->show(*keyed.state);
    sink(key, &json);
    keyed.shown = true;
  } catch (...) {
    fail(keyed, Ulid::greatest(), words_of(std::current_exception()));  // any other state may be shown again
  }
}

void Fold::flush(const FoldSink& sink) {
  while (!touched_.empty()) {
    auto& entry = *touched_.back();
    Keyed& keyed = entry.second;
    in_trouble_.erase(entry.first);
    if (keyed.positions.empty()) {
      touched_.pop_back();
      if (keyed.shown) sink(entry.first, nullptr);
      states_.erase(entry.first);
      continue;
    }
    if (keyed.changed_from) fold_again(entry);
    touched_.pop_back();
    keyed.touched = false;
    show(entry, sink);
    if (!keyed.trouble.empty()) in_trouble_.emplace(entry.first, &keyed);
  }
}

std::string Fold::trouble() const {
  if (!in_trouble_.empty()) {
    const auto& [key, keyed] = *in_trouble_.begin();
    if (keyed->trouble_at == Ulid::greatest()) return fmt::format("at key \"{}\", shown: {}", key, keyed->trouble);
    return fmt::format("at key \"{}\", event {}: {}", key, keyed->trouble_at.text(), keyed->trouble);
  }
  if (thrown_.count == 0) return {};
  if (thrown_.first.empty()) return "its code threw about more events than are listed";
  const PassedOver& first = thrown_.first.begin()->second;
  return fmt::format("at event {}: {}", first.key.text(), first.reason);
}

std::vector<PassedOver> Fold::passed_over() const {
  std::vector<PassedOver> all;
  for (const auto& [lc, one] : undecodable_.first) all.push_back(one);
  return all;
}

std::size_t Fold::bytes() const noexcept {
  std::size_t bytes = 0;
  for (const auto& [key, keyed] : states_)
    bytes +=
        sizeof(States::value_type) + key.capacity() + keyed.positions.bytes() + keyed.copies.capacity() * sizeof(Copy);
  return bytes;
}

std::size_t Fold::copies(const std::string& key) const {
  const auto found = states_.find(key);
  return found == states_.end() ? 0 : found->second.copies.size();
}

}  // namespace laterbase::folds
