#include "engine/storage/memory_names.h"

#include <algorithm>

#include "engine/base/error.h"

namespace laterbase {
namespace {

std::string plain(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// "." and "/" are always there, and so is what has no directory before it.
std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_root(const std::string& path) { return path == "." || path == "/" || path.empty(); }

[[noreturn]] void fail(const std::string& path, const char* what) { throw Failure(FailureCode::io, path + " " + what); }

}  // namespace

MemoryNames::Body MemoryNames::find(const std::string& path) const {
  const auto found = now_.find(plain(path));
  return found != now_.end() ? found->second : nullptr;
}

bool MemoryNames::exists(const std::string& path) const { return is_root(path) || now_.contains(plain(path)); }

MemoryNames::Body MemoryNames::create(const std::string& path) {
  require_parent(path);
  if (exists(path)) fail(path, "could not be opened: is a directory");
  auto body = std::make_shared<MemoryFileBody>();
  take({Kind::set, plain(path), {}, body});
  return body;
}

void MemoryNames::rename(const std::string& from, const std::string& to) {
  if (find(from) == nullptr) fail(from, "could not be renamed: no such file");
  require_parent(to);
  if (exists(to) && find(to) == nullptr) fail(to, "could not be replaced: is a directory");
  if (plain(from) != plain(to)) take({Kind::move, plain(from), plain(to), nullptr});
}

void MemoryNames::remove(const std::string& path) {
  if (!exists(path)) return;
  if (find(path) == nullptr && !list(path).empty()) fail(path, "could not be removed: directory not empty");
  take({Kind::remove, plain(path), {}, nullptr});
}

void MemoryNames::make_directories(const std::string& path) {
  const std::string directory = plain(path);
  if (find(directory) != nullptr) fail(path, "could not be made: file exists");
  if (exists(directory)) return;
  make_directories(parent_of(directory));
  take({Kind::set, directory, {}, nullptr});
}

std::vector<std::string> MemoryNames::list(const std::string& directory) const {
  const std::string wanted = plain(directory);
  if (!exists(wanted) || find(wanted) != nullptr) fail(directory, "could not be listed: no such directory");
  std::vector<std::string> names;
  for (const auto& [path, body] : now_)
    if (parent_of(path) == wanted) names.push_back(path.substr(path.rfind('/') + 1));
  std::sort(names.begin(), names.end());
  return names;
}

// Backwards, so that what a wanted step built upon in other directories becomes durable with it.
void MemoryNames::sync(const std::string& directory) {
  const std::string wanted = plain(directory);
  if (!exists(wanted)) fail(directory, "could not be made durable: no such directory");
  std::set<std::string> names;
  std::vector<bool> durable(since_.size());
  for (std::size_t index = since_.size(); index-- > 0;) {
    const Step& step = since_[index];
    const bool here = parent_of(step.name) == wanted || (step.kind == Kind::move && parent_of(step.to) == wanted);
    durable[index] = here || step.concerns(names);
    if (!durable[index]) continue;
    names.insert(step.name);
    if (step.kind == Kind::move) names.insert(step.to);
  }
  std::vector<Step> rest;
  for (std::size_t index = 0; index < since_.size(); ++index)
    if (durable[index])
      apply(since_[index], durable_);
    else
      rest.push_back(std::move(since_[index]));
  since_ = std::move(rest);
}

std::uint64_t MemoryNames::bytes() const {
  std::uint64_t total = 0;
  for (const auto& [path, body] : now_)
    if (body != nullptr) total += body->now().size();
  return total;
}

void MemoryNames::crash(Random& random) {
  std::set<std::string> undone;
  for (const Step& step : since_) {
    if (!step.concerns(undone) && random.one_in(2)) {
      apply(step, durable_);
      continue;
    }
    undone.insert(step.name);
    if (step.kind == Kind::move) undone.insert(step.to);
  }
  since_.clear();
  std::erase_if(durable_, [this](const auto& each) {
    for (std::string up = parent_of(each.first); !is_root(up); up = parent_of(up))
      if (!durable_.contains(up)) return true;
    return false;
  });
  now_ = durable_;
  for (const auto& [path, body] : now_)
    if (body != nullptr) body->crash(random);
}

bool MemoryNames::Step::concerns(const std::set<std::string>& names) const {
  return names.contains(name) || (kind == Kind::move && names.contains(to));
}

void MemoryNames::take(Step step) {
  apply(step, now_);
  since_.push_back(std::move(step));
}

void MemoryNames::apply(const Step& step, Names& names) {
  if (step.kind == Kind::set) {
    names[step.name] = step.body;
  } else if (const auto found = names.find(step.name); found != names.end()) {
    if (step.kind == Kind::move) names[step.to] = found->second;
    names.erase(step.name);
  }
}

void MemoryNames::require_parent(const std::string& path) const {
  const std::string parent = parent_of(plain(path));
  if (!exists(parent) || find(parent) != nullptr) fail(path, "could not be made: no such directory");
}

}  // namespace laterbase
