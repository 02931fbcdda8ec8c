#include "server/plugins/module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>

#include "engine/base/hash.h"

namespace laterbase::plugins {
namespace {

constexpr std::uint64_t most_bytes = 1 << 30;
constexpr int longest_trial_ms = 10'000;

Error refused(std::string words) { return {ErrorCode::invalid, std::move(words)}; }

bool is_name(const char* name) {
  if (name == nullptr || *name < 'a' || *name > 'z' || std::strlen(name) > 63) return false;
  return std::strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == std::strlen(name);
}

// What is wrong with the tables; empty where nothing is.
std::string complaint(const laterbase_plugin* plugin) {
  if (plugin == nullptr) return "laterbase_plugin_entry gives nothing";
  if (plugin->abi != laterbase_plugin_abi)
    return fmt::format("it is for version {} of the plug-in ABI, this node has {}", plugin->abi,
                       static_cast<int>(laterbase_plugin_abi));
  if (plugin->name == nullptr || plugin->version == nullptr) return "it has no name or no version";
  for (std::size_t i = 0; i < plugin->fold_count; ++i) {
    const laterbase_fold& fold = plugin->folds[i];
    if (!is_name(fold.database) || !is_name(fold.name)) return fmt::format("its fold {} has no proper names", i);
    if (!fold.keys || !fold.initial || !fold.copy || !fold.destroy || !fold.apply || !fold.show || !fold.save ||
        !fold.load)
      return fmt::format("its fold \"{}\" lacks a function", fold.name);
  }
  for (std::size_t i = 0; i < plugin->view_count; ++i) {
    const laterbase_view& view = plugin->views[i];
    if (!is_name(view.database) || !is_name(view.name) || view.select == nullptr)
      return fmt::format("its view {} has no proper names, or no SELECT", i);
  }
  return {};
}

struct Opened {
  void* handle = nullptr;
  const laterbase_plugin* plugin = nullptr;
  std::string complaint;
};

Opened open(const std::string& path) {
  Opened opened;
  opened.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened.handle == nullptr) {
    opened.complaint = dlerror();
    if (opened.complaint.starts_with(path + ": ")) opened.complaint.erase(0, path.size() + 2);
    return opened;
  }
  const auto entry =
      reinterpret_cast<decltype(&laterbase_plugin_entry)>(dlsym(opened.handle, "laterbase_plugin_entry"));
  if (entry == nullptr) {
    opened.complaint = "it has no function laterbase_plugin_entry";
    return opened;
  }
  opened.plugin = entry();
  opened.complaint = complaint(opened.plugin);
  return opened;
}

std::string append_to(int status, const std::string& words, const char* what) {
  return status == 0 ? "" : fmt::format("its {} fails: {}", what, words);
}

const auto put_text = [](void* context, const char* bytes, size_t size) {
  static_cast<std::string*>(context)->append(bytes, size);
};

// A state is made, shown, saved, loaded, copied and destroyed.
std::string try_fold(const laterbase_fold& fold) {
  std::string text, saved, words;
  const laterbase_sink to_words{put_text, &words};
  void* state = fold.initial();
  if (state == nullptr) return "its initial() gives nothing";
  std::string trouble = append_to(fold.show(state, {put_text, &text}, to_words), words, "show()");
  if (trouble.empty()) trouble = append_to(fold.save(state, {put_text, &saved}, to_words), words, "save()");
  void* copy = fold.copy(state);
  void* loaded = trouble.empty() ? fold.load(saved.data(), saved.size()) : nullptr;
  if (trouble.empty() && loaded == nullptr) trouble = "its load() can't read what its save() wrote";
  if (loaded != nullptr) fold.destroy(loaded);
  if (copy != nullptr) fold.destroy(copy);
  fold.destroy(state);
  return trouble;
}

// In the child: says what is wrong into the pipe, and ends.
[[noreturn]] void try_in_child(const Image& image, int pipe) {
  constexpr unsigned first_kept = 3;
  if (dup2(image.descriptor(), first_kept + 1) < 0 || dup2(pipe, first_kept) < 0) _exit(2);
  close_range(first_kept + 2, ~0U, 0);
  for (const int signal : {SIGSEGV, SIGABRT, SIGTERM, SIGINT}) ::signal(signal, SIG_DFL);
  std::string trouble;
  try {
    const Opened opened = open(fmt::format("/proc/self/fd/{}", first_kept + 1));
    trouble = opened.complaint;
    for (std::size_t i = 0; trouble.empty() && i < opened.plugin->fold_count; ++i)
      trouble = try_fold(opened.plugin->folds[i]);
  } catch (...) {
    trouble = "its load function throws";
  }
  if (trouble.empty()) _exit(0);
  const auto written = write(first_kept, trouble.data(), trouble.size());
  _exit(written < 0 ? 2 : 1);
}

// All that the child says until it ends, or its time is over.
std::string listen(int pipe) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(longest_trial_ms);
  std::string words;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waits{pipe, POLLIN, 0};
    if (left.count() <= 0 || poll(&waits, 1, static_cast<int>(left.count())) <= 0) return words;
    char bytes[4096];
    const auto count = read(pipe, bytes, sizeof bytes);
    if (count <= 0 || words.size() > sizeof bytes) return words;
    words.append(bytes, static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<std::shared_ptr<Image>> Image::of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream || bytes.empty()) return refused("it can't be read, or is empty");
  if (bytes.size() > most_bytes) return refused("it is larger than a gibibyte");
  const int descriptor = memfd_create("laterbase-plugin", MFD_CLOEXEC);
  if (descriptor < 0) return refused(std::strerror(errno));
  std::shared_ptr<Image> image(new Image(descriptor, hash64(bytes)));
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto count = write(descriptor, rest.data(), rest.size());
    if (count <= 0) return refused(std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return image;
}

Image::~Image() { close(descriptor_); }

std::string Image::path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

Result<void> try_out(const Image& image) {
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) return refused(std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) try_in_child(image, pipe[1]);
  close(pipe[1]);
  const std::string words = child < 0 ? std::string(std::strerror(errno)) : listen(pipe[0]);
  close(pipe[0]);
  if (child < 0) return refused(words);
  int status = 0;
  const bool over = waitpid(child, &status, WNOHANG) == 0 && (usleep(100'000), waitpid(child, &status, WNOHANG) == 0);
  if (over) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return refused(fmt::format("loading it takes more than {} s", longest_trial_ms / 1000));
  }
  if (WIFSIGNALED(status)) return refused(fmt::format("loading it ends with {}", strsignal(WTERMSIG(status))));
  if (WEXITSTATUS(status) != 0) return refused(words.empty() ? "loading it ends the process" : words);
  return {};
}

Result<std::shared_ptr<Module>> Module::load(std::shared_ptr<Image> image) {
  const Opened opened = open(image->path());
  if (opened.complaint.empty())
    return std::shared_ptr<Module>(new Module(std::move(image), opened.handle, opened.plugin));
  if (opened.handle != nullptr) dlclose(opened.handle);
  return refused(opened.complaint);
}

Module::~Module() { dlclose(handle_); }

}  // namespace laterbase::plugins
