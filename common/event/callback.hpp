// A bound member function in two words: no allocation, no virtual call, trivially copyable.
#pragma once

#include <utility>

namespace hapair::event {

template <class... Args>
class Callback {
 public:
  Callback() = default;

  /// Callback<int>::to<&Owner::on_thing>(this). The method must be noexcept; `owner` must outlive
  /// the event source that holds the callback (it is usually a member of it).
  template <auto Method, class Owner>
  [[nodiscard]] static Callback to(Owner* owner) {
    static_assert(noexcept((owner->*Method)(std::declval<Args>()...)),
                  "event callbacks are noexcept");
    Callback callback;
    callback.owner_ = owner;
    callback.call_ = [](void* raw, Args... args) noexcept {
      (static_cast<Owner*>(raw)->*Method)(std::forward<Args>(args)...);
    };
    return callback;
  }

  void operator()(Args... args) const noexcept {
    if (call_ != nullptr) call_(owner_, std::forward<Args>(args)...);
  }

 private:
  void* owner_ = nullptr;
  void (*call_)(void*, Args...) noexcept = nullptr;
};

}  // namespace hapair::event
