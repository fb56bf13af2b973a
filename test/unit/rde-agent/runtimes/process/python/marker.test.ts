import assert from 'node:assert/strict';
import { evaluateMarker } from '../../../../../../rde-agent/runtimes/process/python/marker.ts';

const LINUX = {
  implementation_name: 'cpython',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_system: 'Linux',
  python_full_version: '3.13.0',
  python_version: '3.13',
  sys_platform: 'linux',
  platform_python_implementation: 'CPython',
  platform_release: '6.18.44-fc',
  extra: '',
};

describe('environment markers', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["sys_platform == 'linux'", true],
    ["'linux' == sys_platform", true],
    ["sys_platform == 'win32'", false],
    ["sys_platform != 'win32' and platform_machine == 'x86_64'", true],
    ["python_full_version < '3.11'", false],
    ["python_full_version >= '3.11'", true],
    ["python_full_version == '3.13.*'", true],
    ["python_full_version == '3.11.*'", false],
    ["python_version in '3.12 3.13'", true],
    ["python_version not in '3.12 3.13'", false],
    ["python_version >= '3.9'", true],
    ["'3.9' <= python_version", true],
    ["'3.9' > python_version", false],
    ["(sys_platform == 'win32' or os_name == 'posix') and implementation_name == 'cpython'", true],
    ["sys_platform == 'win32' or os_name == 'posix' and implementation_name == 'pypy'", false],
    ["platform_python_implementation != 'PyPy'", true],
    ["platform_release >= '5'", true],
    ["extra == 'test'", false],
    ["os.name == 'posix'", true],
    ['sys_platform == "linux"', true],
  ];
  for (const [marker, expected] of cases) {
    it(`${marker} is ${String(expected)}`, () => {
      assert.deepEqual(evaluateMarker(marker, LINUX), { kind: 'value', holds: expected });
    });
  }

  it('never guesses what it does not know, not even where the other side decides', () => {
    const unknown = [
      "colour == 'red'",
      "sys_platform == 'linux' or colour == 'red'",
      'sys_platform',
      "sys_platform == 'linux' nonsense",
      "(os_name == 'posix'",
      "os_name ~= 'posix'",
      "not os_name == 'posix'",
      "__proto__ == 'x'",
      "constructor == 'x'",
      'os_name == posix',
      '',
      '%',
      `${'('.repeat(5000)}`,
    ];
    for (const marker of unknown) assert.equal(evaluateMarker(marker, LINUX).kind, 'unknown', marker.slice(0, 50));
  });
});
