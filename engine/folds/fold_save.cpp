#include "engine/folds/bytes_io.h"
#include "engine/folds/fold.h"

// A fold's states as bytes, and back.
namespace laterbase::folds {
namespace {

constexpr std::uint64_t magic = 0x31646c6f66626c;  // "lbfold1"

void put_listed(std::string& to, const std::map<Lc, PassedOver>& first, std::uint64_t count) {
  put_number(to, count);
  put_number(to, first.size());
  for (const auto& [lc, one] : first) {
    put_number(to, lc);
    put_key(to, one.key);
    put_text(to, one.reason);
  }
}

bool take_listed(std::string_view& from, std::map<Lc, PassedOver>& first, std::uint64_t& count) {
  std::uint64_t listed = 0;
  if (!take_number(from, count) || !take_number(from, listed)) return false;
  for (; listed > 0; --listed) {
    PassedOver one;
    if (!take_number(from, one.lc) || !take_key(from, one.key) || !take_text(from, one.reason)) return false;
    first.emplace(one.lc, std::move(one));
  }
  return true;
}

}  // namespace

std::string Fold::save() const {
  try {
    std::string out;
    put_number(out, magic);
    put_number(out, reducer_->identity());
    put_listed(out, undecodable_.first, undecodable_.count);
    put_listed(out, thrown_.first, thrown_.count);
    put_number(out, states_.size());
    for (const auto& [key, keyed] : states_) {
      put_text(out, key);
      keyed.positions.save(out);
      put_text(out, keyed.trouble);
      put_key(out, keyed.trouble_at);
      put_number(out, keyed.count);
      put_key(out, keyed.upto);
      put_text(out, keyed.state ? reducer_->save(*keyed.state) : "");
      put_number(out, keyed.copies.size());
      for (const Copy& copy : keyed.copies) {
        put_key(out, copy.upto);
        put_number(out, copy.count);
        put_text(out, reducer_->save(*copy.state));
      }
    }
    return out;
  } catch (...) {
    return {};
  }
}

bool Fold::load_state(std::string_view& from, Keyed& keyed) const {
  std::string_view state;
  std::uint64_t copies = 0;
  if (!keyed.positions.load(from) || !take_text(from, keyed.trouble) || !take_key(from, keyed.trouble_at) ||
      !take_number(from, keyed.count) || !take_key(from, keyed.upto) || !take_text(from, state) ||
      !take_number(from, copies))
    return false;
  if (keyed.trouble.empty()) {
    if (keyed.count != keyed.positions.size()) return false;
    keyed.state = reducer_->load(state);
  }
  for (; copies > 0; --copies) {
    Copy copy;
    if (!take_key(from, copy.upto) || !take_number(from, copy.count) || !take_text(from, state)) return false;
    copy.state = reducer_->load(state);
    keyed.copies.push_back(std::move(copy));
  }
  return true;
}

bool Fold::load(std::string_view saved) {
  const auto loaded = [&] {
    std::uint64_t number = 0, states = 0;
    if (!take_number(saved, number) || number != magic) return false;
    if (!take_number(saved, number) || number != reducer_->identity()) return false;
    if (!take_listed(saved, undecodable_.first, undecodable_.count)) return false;
    if (!take_listed(saved, thrown_.first, thrown_.count) || !take_number(saved, states)) return false;
    for (; states > 0; --states) {
      std::string key;
      if (!take_text(saved, key)) return false;
      auto& entry = *states_.try_emplace(std::move(key)).first;
      if (!load_state(saved, entry.second)) return false;
      touch(entry);
    }
    return saved.empty();
  };
  try {
    if (loaded()) return true;
  } catch (...) {
    // A state that its own code can't read is folded anew.
  }
  touched_.clear();
  states_.clear();
  undecodable_ = thrown_ = {};
  return false;
}

}  // namespace laterbase::folds
