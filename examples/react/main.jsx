import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useClassifier } from 'rtfq/react';

function LabelledPicture({ src }) {
  const { status, classifier, error } = useClassifier({ model: '/model/model.json' });
  const [label, setLabel] = useState('Loading…');
  const classify = async ({ currentTarget }) => {
    const { classes } = await classifier.classify(currentTarget);
    setLabel(classes[0].label);
  };
  if (status === 'failed') return <p>{error.message}</p>;
  return (
    <>
      {status === 'ready' && <img src={src} alt="A mug" onLoad={classify} />}
      <p id="label">{label}</p>
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <LabelledPicture src="/mug.jpg" />
  </StrictMode>,
);
