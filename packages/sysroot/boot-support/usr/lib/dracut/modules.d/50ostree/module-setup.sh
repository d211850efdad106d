#!/bin/bash
# A dracut module; ask for it with add_dracutmodules+=" ostree systemd ".

check() {
  [[ -x $systemdutildir/systemd ]] && [[ -x /usr/lib/ostree/ostree-prepare-root ]] && return 255
  return 1
}

depends() {
  echo systemd
}

installkernel() {
  instmods erofs overlay
}

install() {
  inst_multiple mount umount readlink mkdir rmdir stat uname modprobe
  inst_script /usr/lib/ostree/ostree-prepare-root
  inst_multiple -o /usr/lib/ostree/prepare-root.conf /etc/ostree/prepare-root.conf
  inst_simple "$systemdsystemunitdir/ostree-prepare-root.service"
  mkdir -p "$initdir$systemdsystemunitdir/initrd-root-fs.target.wants"
  ln_r "$systemdsystemunitdir/ostree-prepare-root.service" \
    "$systemdsystemunitdir/initrd-root-fs.target.wants/ostree-prepare-root.service"
}
