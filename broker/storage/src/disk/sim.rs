//! A disk in memory that replays from a seed: crashes between (and inside) operations, power loss that keeps only some
//! of what was not synced, full disk, failing fsync, no descriptors.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Component, Path};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{DirEntry, Disk, DiskFile};

/// The unit that a power loss keeps or drops whole.
const SECTOR_BYTES: usize = 512;

/// How a life of the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// kill −9: the page cache stays.
    Kill,
    /// Of what was not synced, some sectors, names and lengths stay and others do not.
    PowerLoss,
}

/// A handle on the simulated disk. Clones share it. Handles and files of a former life fail.
#[derive(Debug, Clone)]
pub struct SimDisk {
    world: Arc<Mutex<World>>,
    life: u64,
}

#[derive(Debug)]
struct World {
    nodes: BTreeMap<u64, Node>,
    next_node: u64,
    random: Random,
    life: u64,
    ops: u64,
    faults: Faults,
}

/// What is wrong in this life.
#[derive(Debug, Default)]
struct Faults {
    crash_at: Option<u64>,
    crashed: bool,
    space_left: Option<u64>,
    descriptors_max: Option<usize>,
    open: usize,
    fail_syncs: bool,
    fail_cuts: bool,
}

#[derive(Debug)]
enum Node {
    File(FileNode),
    Dir(DirNode),
}

#[derive(Debug, Default)]
struct FileNode {
    data: Vec<u8>,
    /// What a power loss cannot take.
    synced: Vec<u8>,
}

#[derive(Debug, Default)]
struct DirNode {
    entries: BTreeMap<String, u64>,
    synced: BTreeMap<String, u64>,
    /// Changes since the last sync, each atomic; a power loss keeps a prefix.
    pending: Vec<Vec<(String, Option<u64>)>>,
}

/// SplitMix64.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and `max`, both included.
    fn up_to(&mut self, max: usize) -> usize {
        usize::try_from(self.next() % (max as u64 + 1)).unwrap_or(0)
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 0
    }
}

const ROOT: u64 = 0;

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

fn crashed() -> io::Error {
    io::Error::other("crashed")
}

impl SimDisk {
    /// An empty disk.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let world = World {
            nodes: BTreeMap::from([(ROOT, Node::Dir(DirNode::default()))]),
            next_node: 1,
            random: Random(seed),
            life: 0,
            ops: 0,
            faults: Faults::default(),
        };
        Self {
            world: Arc::new(Mutex::new(world)),
            life: 0,
        }
    }

    /// Operations so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.world.lock().ops
    }

    /// Crashes in the operation that comes after `operations` more.
    pub fn crash_after(&self, operations: u64) {
        let mut world = self.world.lock();
        world.faults.crash_at = Some(world.ops + operations);
    }

    /// Whether the crash happened: every operation fails until [`SimDisk::reboot`].
    #[must_use]
    pub fn is_crashed(&self) -> bool {
        self.world.lock().faults.crashed
    }

    /// Bytes that may still be written; `None` is without end.
    pub fn set_space_left(&self, bytes: Option<u64>) {
        self.world.lock().faults.space_left = bytes;
    }

    /// Files that may be open at once; `None` is without end.
    pub fn set_descriptors_max(&self, max: Option<usize>) {
        self.world.lock().faults.descriptors_max = max;
    }

    /// Lets every fsync of a file fail.
    pub fn set_fail_syncs(&self, fail: bool) {
        self.world.lock().faults.fail_syncs = fail;
    }

    /// Lets every change of a file's length fail.
    pub fn set_fail_cuts(&self, fail: bool) {
        self.world.lock().faults.fail_cuts = fail;
    }

    /// The disk as the next process finds it, with all limits lifted.
    #[must_use]
    pub fn reboot(&self, crash: Crash) -> Self {
        let mut world = self.world.lock();
        world.life += 1;
        world.faults = Faults::default();
        if crash == Crash::PowerLoss {
            world.lose_power();
        }
        Self {
            world: Arc::clone(&self.world),
            life: world.life,
        }
    }

    /// Counts an operation. `Ok(true)`: do it; `Ok(false)`: do it and then fail, for this is the crash.
    fn begin<'a>(&self, world: &'a mut World) -> io::Result<(&'a mut World, bool)> {
        if world.faults.crashed || world.life != self.life {
            return Err(crashed());
        }
        let is_crash = world.faults.crash_at.is_some_and(|at| world.ops >= at);
        world.ops += 1;
        world.faults.crashed = is_crash;
        if is_crash && world.random.coin() {
            return Err(crashed());
        }
        Ok((world, !is_crash))
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> io::Result<T>) -> io::Result<T> {
        let mut world = self.world.lock();
        let (world, lives) = self.begin(&mut world)?;
        let result = change(world);
        if lives { result } else { Err(crashed()) }
    }
}

impl World {
    fn dir(&mut self, id: u64) -> io::Result<&mut DirNode> {
        match self.nodes.get_mut(&id) {
            Some(Node::Dir(dir)) => Ok(dir),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn file(&mut self, id: u64) -> io::Result<&mut FileNode> {
        match self.nodes.get_mut(&id) {
            Some(Node::File(file)) => Ok(file),
            _ => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn find(&mut self, path: &Path) -> io::Result<u64> {
        let mut at = ROOT;
        for part in path.components() {
            if let Component::Normal(name) = part {
                let name = name.to_str().ok_or_else(not_found)?;
                at = *self.dir(at)?.entries.get(name).ok_or_else(not_found)?;
            }
        }
        Ok(at)
    }

    fn parent_of(&mut self, path: &Path) -> io::Result<(u64, String)> {
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .ok_or_else(not_found)?;
        Ok((
            self.find(path.parent().ok_or_else(not_found)?)?,
            name.to_owned(),
        ))
    }

    fn relink(&mut self, dir: u64, changes: Vec<(String, Option<u64>)>) -> io::Result<()> {
        let dir = self.dir(dir)?;
        apply(&mut dir.entries, &changes);
        dir.pending.push(changes);
        Ok(())
    }

    fn make(&mut self, dir: u64, name: String, node: Node) -> io::Result<u64> {
        self.spend(SECTOR_BYTES).1?;
        let id = self.next_node;
        self.next_node += 1;
        self.nodes.insert(id, node);
        self.relink(dir, vec![(name, Some(id))])?;
        Ok(id)
    }

    /// Takes up to `bytes` of the space left: how many there were, and the error when that is fewer.
    fn spend(&mut self, bytes: usize) -> (usize, io::Result<()>) {
        let Some(left) = &mut self.faults.space_left else {
            return (bytes, Ok(()));
        };
        let taken = bytes.min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= taken as u64;
        let result = if taken < bytes {
            Err(io::Error::from_raw_os_error(
                rustix::io::Errno::NOSPC.raw_os_error(),
            ))
        } else {
            Ok(())
        };
        (taken, result)
    }

    fn lose_power(&mut self) {
        let Self { nodes, random, .. } = self;
        for node in nodes.values_mut() {
            match node {
                Node::Dir(dir) => {
                    let keep = random.up_to(dir.pending.len());
                    dir.entries = std::mem::take(&mut dir.synced);
                    for changes in dir.pending.drain(..).take(keep) {
                        apply(&mut dir.entries, &changes);
                    }
                    dir.synced = dir.entries.clone();
                }
                Node::File(file) => {
                    file.tear(random);
                    file.synced = file.data.clone();
                }
            }
        }
    }
}

impl FileNode {
    /// Keeps each sector as it is or as it was, and a length between the two.
    fn tear(&mut self, random: &mut Random) {
        let (old, new) = (self.synced.len(), self.data.len());
        let len = match random.up_to(2) {
            0 => old,
            1 => new,
            _ => old.min(new) + random.up_to(old.abs_diff(new)),
        };
        let mut torn = vec![0; len];
        for (i, sector) in torn.chunks_mut(SECTOR_BYTES).enumerate() {
            let source = if random.coin() {
                &self.data
            } else {
                &self.synced
            };
            let kept = source.get(i * SECTOR_BYTES..).unwrap_or_default();
            let n = kept.len().min(sector.len());
            sector[..n].copy_from_slice(&kept[..n]);
        }
        self.data = torn;
    }
}

fn apply(entries: &mut BTreeMap<String, u64>, changes: &[(String, Option<u64>)]) {
    for (name, node) in changes {
        match node {
            Some(id) => drop(entries.insert(name.clone(), *id)),
            None => drop(entries.remove(name)),
        }
    }
}

impl Disk for SimDisk {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn DiskFile>> {
        let id = self.change(|world| {
            if world
                .faults
                .descriptors_max
                .is_some_and(|max| world.faults.open >= max)
            {
                return Err(io::Error::from_raw_os_error(
                    rustix::io::Errno::MFILE.raw_os_error(),
                ));
            }
            let id = match world.find(path) {
                Err(e) if create && e.kind() == io::ErrorKind::NotFound => {
                    let (dir, name) = world.parent_of(path)?;
                    world.make(dir, name, Node::File(FileNode::default()))?
                }
                other => other?,
            };
            world.file(id)?;
            world.faults.open += 1;
            Ok(id)
        })?;
        Ok(Arc::new(SimFile {
            disk: self.clone(),
            id,
        }))
    }

    fn len_of(&self, path: &Path) -> io::Result<u64> {
        self.change(|world| {
            let id = world.find(path)?;
            Ok(world.file(id)?.data.len() as u64)
        })
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.change(|world| {
            let mut at = ROOT;
            for part in path.components() {
                if let Component::Normal(name) = part {
                    let name = name.to_str().ok_or_else(not_found)?;
                    at = match world.dir(at)?.entries.get(name) {
                        Some(id) => *id,
                        None => world.make(at, name.to_owned(), Node::Dir(DirNode::default()))?,
                    };
                }
            }
            world.dir(at).map(|_| ())
        })
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.change(|world| {
            let id = world.find(path)?;
            let entries = world.dir(id)?.entries.clone();
            let is_dir = |id: &u64| matches!(world.nodes.get(id), Some(Node::Dir(_)));
            Ok(entries
                .into_iter()
                .map(|(name, id)| DirEntry {
                    name,
                    is_dir: is_dir(&id),
                })
                .collect())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|world| {
            let (from_dir, from_name) = world.parent_of(from)?;
            let (to_dir, to_name) = world.parent_of(to)?;
            let id = *world
                .dir(from_dir)?
                .entries
                .get(&from_name)
                .ok_or_else(not_found)?;
            if from_dir != to_dir {
                return Err(io::ErrorKind::Unsupported.into());
            }
            world.relink(from_dir, vec![(from_name, None), (to_name, Some(id))])
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(|world| {
            let id = world.find(path)?;
            world.file(id)?;
            let (dir, name) = world.parent_of(path)?;
            world.relink(dir, vec![(name, None)])
        })
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.change(|world| match world.find(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            other => {
                let id = other?;
                world.dir(id)?;
                let (dir, name) = world.parent_of(path)?;
                world.relink(dir, vec![(name, None)])
            }
        })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.change(|world| {
            let id = world.find(path)?;
            let dir = world.dir(id)?;
            dir.synced = dir.entries.clone();
            dir.pending.clear();
            Ok(())
        })
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    id: u64,
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let mut world = self.disk.world.lock();
        if world.life == self.disk.life {
            world.faults.open -= 1;
        }
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize> {
        self.disk.change(|world| {
            let data = &world.file(self.id)?.data;
            let rest = usize::try_from(position)
                .ok()
                .and_then(|p| data.get(p..))
                .unwrap_or_default();
            let n = rest.len().min(buf.len());
            buf[..n].copy_from_slice(&rest[..n]);
            Ok(n)
        })
    }

    fn write_all_at(&self, parts: &[&[u8]], position: u64) -> io::Result<()> {
        let bytes = parts.concat();
        let position = usize::try_from(position).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.disk.change(|world| {
            // The crash may come in the middle.
            let attempted = if world.faults.crashed {
                world.random.up_to(bytes.len())
            } else {
                bytes.len()
            };
            let grows = (position + attempted).saturating_sub(world.file(self.id)?.data.len());
            let (granted, result) = world.spend(grows);
            let written = attempted - (grows - granted);
            let data = &mut world.file(self.id)?.data;
            if written > 0 {
                data.resize(data.len().max(position + written), 0);
                data[position..position + written].copy_from_slice(&bytes[..written]);
            }
            result
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.disk
            .change(|world| Ok(world.file(self.id)?.data.len() as u64))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.disk.change(|world| {
            if world.faults.fail_cuts {
                return Err(io::Error::from_raw_os_error(
                    rustix::io::Errno::IO.raw_os_error(),
                ));
            }
            world.file(self.id)?.data.resize(len, 0);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.change(|world| {
            if world.faults.fail_syncs {
                return Err(io::Error::from_raw_os_error(
                    rustix::io::Errno::IO.raw_os_error(),
                ));
            }
            let file = world.file(self.id)?;
            file.synced = file.data.clone();
            Ok(())
        })
    }

    fn start_writeback(&self, _: u64, _: u64) -> io::Result<()> {
        self.disk.change(|_| Ok(()))
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
